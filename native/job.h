/* SPDX-License-Identifier: GPL-2.0-only */
/* The one way blocking work leaves the main thread: a promise, and a job on libuv's thread pool that settles it. */
#ifndef SLUICE_JOB_H
#define SLUICE_JOB_H

#include <napi.h>

#include <optional>

#include "errors.h"

namespace sluice
{

/* Made with new; deletes itself after its promise was settled. */
class Job : public Napi::AsyncWorker
{
      public:
	/* Main thread. Starts the job; its promise is what the calling method returns. */
	static Napi::Promise start(Job *job)
	{
		Napi::Promise promise = job->deferred_.Promise();
		job->Queue();
		return promise;
	}

      protected:
	explicit Job(Napi::Env env) : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env))
	{
	}

	/* Pool thread: blocking calls only, nothing of JavaScript. Throws Failure. */
	virtual void run() = 0;
	/* Main thread, after run(): what the promise resolves to. */
	virtual Napi::Value result(Napi::Env env) = 0;
	/* Main thread, after run() threw and before the promise is rejected. */
	virtual void failed()
	{
	}

      private:
	void Execute() final
	{
		try {
			run();
		} catch (const Failure &failure) {
			failure_ = failure;
		}
	}

	void OnOK() final
	{
		if (failure_) {
			failed();
			deferred_.Reject(toError(Env(), *failure_).Value());
			return;
		}
		try {
			deferred_.Resolve(result(Env()));
		} catch (const Napi::Error &error) {
			deferred_.Reject(error.Value());
		}
	}

	/* Out of memory while running: AsyncWorker caught it. */
	void OnError(const Napi::Error &error) final
	{
		failed();
		deferred_.Reject(error.Value());
	}

	Napi::Promise::Deferred deferred_;
	std::optional<Failure> failure_;
};

} // namespace sluice

#endif
