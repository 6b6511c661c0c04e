/* SPDX-License-Identifier: GPL-2.0-only */
#include "pump.h"

#include "errors.h"
#include "job.h"
#include "map.h"
#include "program.h"
#include "pump_thread.h"

namespace sluice
{

namespace
{

constexpr size_t MOST_WAITING = 1024; /* records on their way to JavaScript */
constexpr uint32_t MOST_PERIOD = 3600 * 1000;
constexpr uint32_t MOST_READ = 16u << 20;
constexpr uint32_t MOST_PAUSE = 1000 * 1000;

std::shared_ptr<Outbox<Bytes>> outboxFor(Napi::Env env, std::optional<Napi::Function> callback)
{
	if (!callback)
		return nullptr;
	return Outbox<Bytes>::open(env, "sluice pump", MOST_WAITING, callWithEach(*callback));
}

} // namespace

/* Waits for the thread without holding up the main one: it may be inside a read of some milliseconds. */
class StopPump : public Job
{
      public:
	StopPump(Napi::Env env, Pump &owner) : Job(env), thread_(owner.thread_), owner_(owner)
	{
	}

      protected:
	void run() override
	{
		thread_->stop();
	}

	Napi::Value result(Napi::Env env) override
	{
		owner_.Unref();
		thread_->release(env);
		return env.Undefined();
	}

      private:
	std::shared_ptr<PumpThread> thread_;
	Pump &owner_; /* main thread only; kept by the reference that result() gives back */
};

void Pump::define(Napi::Env env)
{
	Handle<Pump>::define(env, {
					  InstanceMethod<&Pump::stats>("stats"),
					  InstanceMethod<&Pump::stop>("stop"),
				  });
}

Napi::Value Pump::open(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "pump.start");
	Options options(arguments, 0);
	Program &program = Program::from(arguments, "program", options.require("program"));
	Map &map = Map::from(arguments, "map", options.require("map"));
	PumpSettings settings;
	settings.period = std::chrono::milliseconds(options.number("periodMs", 1, MOST_PERIOD));
	settings.readSize = options.number("readSize", 1, MOST_READ);
	settings.pause = std::chrono::microseconds(options.number("pauseMicroseconds", 0, MOST_PAUSE, 0));
	settings.transmit = options.boolean("transmit", false);
	auto callback = options.function("onRecord");

	try {
		Iterator iterator(program.descriptor(info.Env(), arguments.operation())->get(),
			map.descriptor(info.Env(), arguments.operation())->get(), arguments.operation());
		auto thread = std::make_shared<PumpThread>(std::move(iterator), settings);
		thread->start(info.Env(), outboxFor(info.Env(), callback));
		return make(info.Env(), Initial{std::move(thread)});
	} catch (Failure &failure) {
		failure.subject = program.label() + " over " + map.shape().name;
		throw toError(info.Env(), failure);
	}
}

void Pump::initialize(Initial &initial)
{
	thread_ = std::move(initial.thread);
	Ref(); /* it goes on although nobody holds the handle */
}

Napi::Value Pump::stats(const Napi::CallbackInfo &info)
{
	const PumpStats &stats = thread_->stats();
	Napi::Object answer = Napi::Object::New(info.Env());
	auto set = [&](const char *name, uint64_t value) {
		answer.Set(name, Napi::Number::New(info.Env(), static_cast<double>(value)));
	};
	set("sweeps", stats.sweeps);
	set("frames", stats.frames);
	set("bytes", stats.bytes);
	set("errors", stats.errors);
	set("lastSweepMicroseconds", stats.lastSweepMicroseconds);
	set("lastError", static_cast<uint64_t>(stats.lastError));
	return answer;
}

Napi::Value Pump::stop(const Napi::CallbackInfo &info)
{
	if (stopped_) {
		auto done = Napi::Promise::Deferred::New(info.Env());
		done.Resolve(info.Env().Undefined());
		return done.Promise();
	}
	stopped_ = true;
	return Job::start(new StopPump(info.Env(), *this));
}

} // namespace sluice
