/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread behind a LogReader. */
#ifndef SLUICE_LOG_THREAD_H
#define SLUICE_LOG_THREAD_H

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "background.h"
#include "log_counters.h"
#include "log_render.h"
#include "outbox.h"

namespace sluice
{

/* Finished lines on their way to JavaScript. */
struct LogBlock {
	std::shared_ptr<std::string> text; /* ends with a newline; JavaScript gets this memory, not a copy */
	uint32_t lines;
};

/* Written by the thread, read by any. */
struct LogStats {
	std::atomic<uint64_t> lines{0}; /* finished */
	std::atomic<uint64_t> lost{0}; /* finished, and thrown away because JavaScript was behind */
	std::atomic<uint64_t> unreadable{0};
};

/*
 * Reads what HAProxy writes, counts, and makes lines of it. It never waits for JavaScript: the pipe has to be emptied
 * whatever becomes of the lines. Public functions: main thread.
 */
class LogThread
{
      public:
	/* Without a format lines are only counted. Throws Failure. */
	LogThread(const std::string &path, std::optional<LogFormat> format);

	/* Throws Failure. */
	void start(Napi::Env env, std::shared_ptr<Outbox<LogBlock>> outbox);
	/* Returns when the thread has ended; the lines it had made until then are in the outbox, what it had not read waits in the pipe. */
	void stop();
	void forget();

	void setListener(const std::string &id, const ListenerNames &names);
	void setPool(const std::string &id, const std::string &name);
	void removeName(const std::string &id);
	LogCounters counters();
	const LogStats &stats() const
	{
		return stats_;
	}

      private:
	using Clock = std::chrono::steady_clock;

	/* All below: background thread. */
	void run();
	/* False: there was nothing. */
	bool readSome();
	/* Whole lines of what was read; what is left of the last one stays. */
	void takeLines();
	void takeLine(std::string_view line);
	void handOver();

	Descriptor pipe_;
	std::vector<char> input_;
	size_t filled_ = 0; /* bytes of input_ */
	bool skipping_ = false; /* a line too long to be one: everything until the next newline */
	std::optional<LogFormat> format_;
	std::optional<LogWriter> writer_;
	LogBlock block_ = {std::make_shared<std::string>(), 0};
	Clock::time_point begun_; /* of the block */
	std::shared_ptr<Outbox<LogBlock>> outbox_;
	LogStats stats_;
	std::mutex mutex_; /* guards what follows, for 64 KiB of lines at most */
	LogNames names_;
	LogCounters counters_;
	Background thread_; /* last: it must have ended before anything else goes */
};

} // namespace sluice

#endif
