/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread behind a Pump. */
#ifndef SLUICE_PUMP_THREAD_H
#define SLUICE_PUMP_THREAD_H

#include <atomic>
#include <optional>

#include "background.h"
#include "frames.h"
#include "iterator.h"
#include "outbox.h"

namespace sluice
{

struct PumpSettings {
	std::chrono::milliseconds period; /* from the start of one sweep to the start of the next */
	uint32_t readSize; /* bytes per read: how much is written at most before this thread gets control back */
	std::chrono::microseconds pause; /* after a read that brought a pause mark */
	bool transmit; /* the stream consists of frames: send them */
};

/* Written by the thread, read by any. */
struct PumpStats {
	std::atomic<uint64_t> sweeps{0};
	std::atomic<uint64_t> frames{0};
	std::atomic<uint64_t> bytes{0};
	std::atomic<uint64_t> errors{0};
	std::atomic<uint64_t> lastSweepMicroseconds{0};
	std::atomic<int> lastError{0}; /* errno of the last of the errors */
};

class PumpThread
{
      public:
	/* Main thread. Throws Failure. */
	PumpThread(Iterator iterator, const PumpSettings &settings);

	/* Main thread. Without an outbox nobody listens. Throws Failure. */
	void start(Napi::Env env, std::shared_ptr<Outbox<Bytes>> outbox);
	/* Any other thread; returns when the thread has ended. */
	void stop();
	/* Main thread, after stop(): delivers what is on its way and lets go of the environment. */
	void release(Napi::Env env);

	const PumpStats &stats() const
	{
		return stats_;
	}

      private:
	using Clock = std::chrono::steady_clock;

	/* All on the background thread. */
	void run();
	/* False: did not get to the end of the map. */
	bool sweep();
	/* What one read brought. False: abandon the pass. */
	bool take(const uint8_t *bytes, size_t length);
	bool takeFrames(const uint8_t *bytes, size_t length);
	void count(int error);

	Iterator iterator_;
	PumpSettings settings_;
	std::shared_ptr<Outbox<Bytes>> outbox_;
	std::optional<FrameSender> sender_;
	FrameStream stream_;
	std::vector<uint8_t> buffer_;
	PumpStats stats_;
	Background thread_;
};

} // namespace sluice

#endif
