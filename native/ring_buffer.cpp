/* SPDX-License-Identifier: GPL-2.0-only */
#include "ring_buffer.h"

#include <bpf/libbpf.h>
#include <poll.h>

#include <cerrno>

#include "background.h"
#include "errors.h"
#include "log.h"
#include "map.h"
#include "outbox.h"

namespace sluice
{

namespace
{

/* Records on their way to JavaScript. Behind that the kernel's buffer fills, and then the BPF program sees it full. */
constexpr size_t MOST_WAITING = 4096;

struct FreeRing {
	void operator()(ring_buffer *ring) const
	{
		ring_buffer__free(ring);
	}
};

} // namespace

class RingReader
{
      public:
	/* Throws Failure. Main thread. */
	RingReader(Napi::Env env, int map, Napi::Function callback)
	{
		LogCapture log;
		ring_.reset(ring_buffer__new(map, onRecord, this, nullptr));
		if (!ring_)
			throw Failure{errno, "ringBuffer.open", "", log.reason()};
		outbox_ = Outbox<Bytes>::open(env, "sluice ring buffer", MOST_WAITING, callWithEach(callback));
		thread_.beforeStop([this] { outbox_->shut(); });
		thread_.start(env, "sluice-ring", [this] { run(); });
	}

	/* Main thread. */
	void stop()
	{
		thread_.stop();
		thread_.forget();
		outbox_->release();
	}

      private:
	/* Background thread. */
	void run()
	{
		pollfd ready[] = {{thread_.stopFd(), POLLIN, 0}, {ring_buffer__epoll_fd(ring_.get()), POLLIN, 0}};
		for (;;) {
			if (poll(ready, 2, -1) < 0)
				continue;
			if (ready[0].revents)
				return;
			ring_buffer__consume(ring_.get());
		}
	}

	/* Background thread. */
	static int onRecord(void *context, void *data, size_t size)
	{
		auto *reader = static_cast<RingReader *>(context);
		auto *bytes = static_cast<const uint8_t *>(data);
		return reader->outbox_->push(Bytes(bytes, bytes + size)) ? 0 : -ECANCELED;
	}

	std::unique_ptr<ring_buffer, FreeRing> ring_;
	std::shared_ptr<Outbox<Bytes>> outbox_;
	Background thread_;
};

void RingBuffer::define(Napi::Env env)
{
	Handle<RingBuffer>::define(env, {InstanceMethod<&RingBuffer::close>("close")});
}

Napi::Value RingBuffer::open(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "ringBuffer.open");
	Map &map = Map::from(arguments, "map", arguments.at(0));
	Napi::Function callback = arguments.function(1, "onRecord");
	SharedDescriptor fd = map.descriptor(info.Env(), arguments.operation());
	try {
		return make(info.Env(), Initial{std::make_shared<RingReader>(info.Env(), fd->get(), callback)});
	} catch (Failure &failure) {
		failure.subject = map.shape().name;
		throw toError(info.Env(), failure);
	}
}

void RingBuffer::initialize(Initial &initial)
{
	reader_ = std::move(initial.reader);
	Ref(); /* it goes on although nobody holds the handle */
}

Napi::Value RingBuffer::close(const Napi::CallbackInfo &info)
{
	if (reader_) {
		reader_->stop();
		reader_.reset();
		Unref();
	}
	return info.Env().Undefined();
}

} // namespace sluice
