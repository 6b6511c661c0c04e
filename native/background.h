/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread of our own, for work that never ends. */
#ifndef SLUICE_BACKGROUND_H
#define SLUICE_BACKGROUND_H

#include <napi.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

#include "descriptor.h"

namespace sluice
{

/*
 * Started and owned by the main thread. The body must return soon after stopping() turned true; it waits only in calls
 * that stopFd() can end. When the JavaScript environment ends first, the thread is stopped with it.
 */
class Background
{
      public:
	/* Throws Failure. */
	Background();
	Background(const Background &) = delete;
	Background &operator=(const Background &) = delete;
	/* Main thread. */
	~Background();

	/* Main thread, once. The name (15 characters) is what `top -H` shows. Throws Failure. */
	void start(Napi::Env env, const char *name, std::function<void()> body);
	/*
	 * Main thread, before the thread is stopped: something to do first so that the body cannot be stuck, for example
	 * in a queue that only the main thread empties.
	 */
	void beforeStop(std::function<void()> action);
	/* Any thread but this one. Returns when the body has returned. */
	void stop();
	/* Main thread, after stop(). */
	void forget();

	/* Background thread. */
	bool stopping() const;
	/* Readable as soon as the thread should stop. */
	int stopFd() const
	{
		return stop_.get();
	}
	/* Sleeps that long; false when told to stop meanwhile. */
	bool sleep(std::chrono::nanoseconds duration) const;

      private:
	/* Main thread: the cleanup hook. */
	static void environmentEnds(void *background);

	Descriptor stop_; /* eventfd */
	std::thread thread_;
	std::mutex joining_;
	std::function<void()> beforeStop_;
	napi_env env_ = nullptr; /* set while the environment knows of this thread */
};

} // namespace sluice

#endif
