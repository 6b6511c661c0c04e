/* SPDX-License-Identifier: GPL-2.0-only */
#include "background.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

#include "errors.h"

namespace sluice
{

Background::Background() : stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
	if (!stop_.valid())
		throw Failure{errno, "eventfd", ""};
}

Background::~Background()
{
	stop();
	forget();
}

void Background::start(Napi::Env env, const char *name, std::function<void()> body)
{
	/* Signals are node's to handle: a thread inherits the mask of its maker. */
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = 0;
	try {
		thread_ = std::thread(std::move(body));
	} catch (const std::system_error &refused) {
		error = refused.code().value();
	}
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
	if (error != 0)
		throw Failure{error, "thread.start", name};
	pthread_setname_np(thread_.native_handle(), name);

	env_ = env;
	napi_add_env_cleanup_hook(env_, environmentEnds, this);
}

void Background::beforeStop(std::function<void()> action)
{
	beforeStop_ = std::move(action);
}

void Background::stop()
{
	uint64_t one = 1;
	while (write(stop_.get(), &one, sizeof(one)) < 0 && errno == EINTR)
		;
	if (beforeStop_)
		beforeStop_();
	std::lock_guard<std::mutex> lock(joining_);
	if (thread_.joinable())
		thread_.join();
}

void Background::environmentEnds(void *background)
{
	auto *self = static_cast<Background *>(background);
	self->stop();
	self->env_ = nullptr; /* it runs each hook once: there is nothing left to remove */
}

void Background::forget()
{
	if (env_)
		napi_remove_env_cleanup_hook(env_, environmentEnds, this);
	env_ = nullptr;
}

bool Background::stopping() const
{
	return !sleep(std::chrono::nanoseconds(0));
}

bool Background::sleep(std::chrono::nanoseconds duration) const
{
	pollfd stop = {stop_.get(), POLLIN, 0};
	auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
	timespec limit = {seconds.count(), (duration - seconds).count()};
	return ppoll(&stop, 1, &limit, nullptr) <= 0;
}

} // namespace sluice
