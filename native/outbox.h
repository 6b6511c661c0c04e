/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from a background thread into JavaScript: items pile up and are handed over together. */
#ifndef SLUICE_OUTBOX_H
#define SLUICE_OUTBOX_H

#include <napi.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice
{

/*
 * However many items come while the main thread is busy, it is woken once for all of them. A sender that runs too far
 * ahead waits, so memory stays bounded.
 */
template <class Item> class Outbox
{
      public:
	/* Main thread: hands over one item. */
	using Deliver = std::function<void(Napi::Env env, const Item &item)>;

	/* Main thread. Does not keep the process alive. */
	static std::shared_ptr<Outbox> open(Napi::Env env, const char *name, size_t limit, Deliver deliver)
	{
		std::shared_ptr<Outbox> outbox(new Outbox(limit, std::move(deliver)));
		outbox->wake_ = Wake::New(
			env, name, 0, 1, new std::shared_ptr<Outbox>(outbox),
			[](Napi::Env, void *, std::shared_ptr<Outbox> *context) { delete context; }, (void *)nullptr);
		outbox->wake_.Unref(env);
		return outbox;
	}

	/* Background thread. Waits while `limit` items are on their way; false when the outbox was shut. */
	bool push(Item item)
	{
		std::unique_lock<std::mutex> lock(mutex_);
		room_.wait(lock, [this] { return shut_ || items_.size() < limit_; });
		if (shut_)
			return false;
		items_.push_back(std::move(item));
		if (!woken_)
			woken_ = wake_.NonBlockingCall() == napi_ok;
		return true;
	}

	/* Background thread. Never waits: false, and nothing was taken, while `limit` items are on their way. */
	bool offer(Item &&item)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		if (shut_ || items_.size() >= limit_)
			return false;
		items_.push_back(std::move(item));
		if (!woken_)
			woken_ = wake_.NonBlockingCall() == napi_ok;
		return true;
	}

	/* Any thread. Nothing more is accepted; a sender that waits is let go. */
	void shut()
	{
		std::lock_guard<std::mutex> lock(mutex_);
		shut_ = true;
		room_.notify_all();
	}

	/* Main thread: delivers what waits, now. */
	void flush(Napi::Env env)
	{
		std::vector<Item> items;
		{
			std::lock_guard<std::mutex> lock(mutex_);
			items.swap(items_);
			woken_ = false;
			room_.notify_all();
		}
		size_t next = 0;
		try {
			while (next < items.size()) {
				Napi::HandleScope scope(env);
				deliver_(env, items[next++]);
			}
		} catch (const Napi::Error &) {
			putBack(items, next);
			throw;
		}
	}

	/* Main thread, once, after shut(). */
	void release()
	{
		wake_.Release();
	}

      private:
	static void onWake(Napi::Env env, Napi::Function, std::shared_ptr<Outbox> *context, void *)
	{
		if (static_cast<napi_env>(env) == nullptr)
			return;
		try {
			(*context)->flush(env);
		} catch (const Napi::Error &error) {
			/* As if thrown by a timer: without this node only warns and goes on. */
			napi_fatal_exception(env, error.Value());
		}
	}
	using Wake = Napi::TypedThreadSafeFunction<std::shared_ptr<Outbox>, void, &Outbox::onWake>;

	Outbox(size_t limit, Deliver deliver) : limit_(limit), deliver_(std::move(deliver))
	{
	}

	/* A callback threw: its error goes its way, the items behind it come with the next wake-up. */
	void putBack(std::vector<Item> &items, size_t first)
	{
		auto rest = items.begin() + static_cast<std::ptrdiff_t>(first);
		std::lock_guard<std::mutex> lock(mutex_);
		items_.insert(items_.begin(), std::make_move_iterator(rest), std::make_move_iterator(items.end()));
		if (!items_.empty() && !woken_ && !shut_)
			woken_ = wake_.NonBlockingCall() == napi_ok;
	}

	size_t limit_;
	Deliver deliver_;
	Wake wake_;
	std::mutex mutex_; /* guards what follows */
	std::condition_variable room_;
	std::vector<Item> items_;
	bool woken_ = false; /* a wake-up is on its way to the main thread */
	bool shut_ = false;
};

using Bytes = std::vector<uint8_t>;

/* Deliver for bytes: calls the function with a Uint8Array. */
inline Outbox<Bytes>::Deliver callWithEach(Napi::Function callback)
{
	auto function = std::make_shared<Napi::FunctionReference>(Napi::Persistent(callback));
	return [function](Napi::Env env, const Bytes &item) {
		auto array = Napi::Uint8Array::New(env, item.size());
		std::copy(item.begin(), item.end(), array.Data());
		function->Call({array});
	};
}

} // namespace sluice

#endif
