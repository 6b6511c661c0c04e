/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines sent as datagrams, to syslog. Main thread throughout. */
#ifndef SLUICE_LOG_SENDER_H
#define SLUICE_LOG_SENDER_H

#include "descriptor.h"
#include "handle.h"

namespace sluice
{

class LineSender : public Handle<LineSender>
{
      public:
	static constexpr HandleKind KIND = HandleKind::LINE_SENDER;
	static constexpr const char *NAME = "LineSender";
	struct Initial {
		SharedDescriptor socket;
	};

	using Handle<LineSender>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* ({ path } or { address, port }) -> LineSender */
	static Napi::Value open(const Napi::CallbackInfo &info);

      private:
	friend class SendLines;

	Napi::Value send(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	SharedDescriptor socket_; /* none after close */
};

} // namespace sluice

#endif
