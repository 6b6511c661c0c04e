/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of a BPF ring buffer, handed to JavaScript as they come. */
#ifndef SLUICE_RING_BUFFER_H
#define SLUICE_RING_BUFFER_H

#include "handle.h"

namespace sluice
{

class RingReader;

class RingBuffer : public Handle<RingBuffer>
{
      public:
	static constexpr HandleKind KIND = HandleKind::RING_BUFFER;
	static constexpr const char *NAME = "RingBuffer";
	struct Initial {
		std::shared_ptr<RingReader> reader;
	};

	using Handle<RingBuffer>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (map, onRecord) -> RingBuffer */
	static Napi::Value open(const Napi::CallbackInfo &info);

      private:
	Napi::Value close(const Napi::CallbackInfo &info);

	std::shared_ptr<RingReader> reader_;
};

} // namespace sluice

#endif
