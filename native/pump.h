/* SPDX-License-Identifier: GPL-2.0-only */
/* An iterator program run over a map again and again, in a thread of its own. */
#ifndef SLUICE_PUMP_H
#define SLUICE_PUMP_H

#include "handle.h"

namespace sluice
{

class PumpThread;

class Pump : public Handle<Pump>
{
      public:
	static constexpr HandleKind KIND = HandleKind::PUMP;
	static constexpr const char *NAME = "Pump";
	struct Initial {
		std::shared_ptr<PumpThread> thread;
	};

	using Handle<Pump>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (options) -> Pump */
	static Napi::Value open(const Napi::CallbackInfo &info);

      private:
	friend class StopPump;

	Napi::Value stats(const Napi::CallbackInfo &info);
	Napi::Value stop(const Napi::CallbackInfo &info);

	std::shared_ptr<PumpThread> thread_;
	bool stopped_ = false;
};

} // namespace sluice

#endif
