/* SPDX-License-Identifier: GPL-2.0-only */
/* Health probes: TCP, UDP and ICMP, all in one thread. Main thread throughout. */
#ifndef SLUICE_PROBE_H
#define SLUICE_PROBE_H

#include <unordered_set>

#include "handle.h"
#include "outbox.h"

namespace sluice
{

class ProbeThread;
struct ProbeNews;

class Prober : public Handle<Prober>
{
      public:
	static constexpr HandleKind KIND = HandleKind::PROBER;
	static constexpr const char *NAME = "Prober";
	struct Initial {
		Napi::Function onNews;
	};

	using Handle<Prober>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (onNews) -> Prober */
	static Napi::Value open(const Napi::CallbackInfo &info);

      private:
	Napi::Value begin(const Napi::CallbackInfo &info);
	Napi::Value resume(const Napi::CallbackInfo &info);
	Napi::Value end(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	void deliver(Napi::Env env, const ProbeNews &news);

	Napi::FunctionReference onNews_;
	std::shared_ptr<Outbox<ProbeNews>> outbox_;
	std::shared_ptr<ProbeThread> thread_; /* none after close */
	std::unordered_set<uint64_t> open_; /* begun, and neither told of its end nor ended by JavaScript */
	uint32_t lastId_ = 0; /* begins again after 2^32 probes */
};

} // namespace sluice

#endif
