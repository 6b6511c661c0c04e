/* SPDX-License-Identifier: GPL-2.0-only */
/* One pass of an iterator program over a map, read chunk by chunk from JavaScript. */
#ifndef SLUICE_ITERATION_H
#define SLUICE_ITERATION_H

#include "descriptor.h"
#include "handle.h"

namespace sluice
{

class Iteration : public Handle<Iteration>
{
      public:
	static constexpr HandleKind KIND = HandleKind::ITERATION;
	static constexpr const char *NAME = "Iteration";
	struct Initial {
		Descriptor pass;
		uint32_t readSize;
	};

	using Handle<Iteration>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (program, map, readSize) -> Iteration */
	static Napi::Value open(const Napi::CallbackInfo &info);

      private:
	friend class ReadIteration;

	Napi::Value next(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	SharedDescriptor pass_;
	uint32_t readSize_ = 0;
	bool reading_ = false;
};

} // namespace sluice

#endif
