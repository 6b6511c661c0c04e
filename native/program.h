/* SPDX-License-Identifier: GPL-2.0-only */
/* A loaded BPF program: attach it, run it on made-up packets, pin it. */
#ifndef SLUICE_PROGRAM_H
#define SLUICE_PROGRAM_H

#include <linux/bpf.h>

#include "descriptor.h"
#include "handle.h"

namespace sluice
{

class Program : public Handle<Program>
{
      public:
	static constexpr HandleKind KIND = HandleKind::PROGRAM;
	static constexpr const char *NAME = "BpfProgram";
	struct Initial {
		Descriptor fd;
		std::string name;
		bpf_attach_type attachType; /* from its SEC() */
	};

	using Handle<Program>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	SharedDescriptor descriptor(Napi::Env env, const char *operation) const;
	const std::string &label() const
	{
		return name_;
	}

      private:
	Napi::Value name(const Napi::CallbackInfo &info);
	Napi::Value id(const Napi::CallbackInfo &info);
	Napi::Value attachXdp(const Napi::CallbackInfo &info);
	Napi::Value attachCgroup(const Napi::CallbackInfo &info);
	Napi::Value testRun(const Napi::CallbackInfo &info);
	Napi::Value pin(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	SharedDescriptor fd_;
	std::string name_;
	uint32_t id_ = 0;
	bpf_attach_type attachType_ = BPF_XDP;
};

} // namespace sluice

#endif
