/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_thread.h"

#include <poll.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include "errors.h"
#include "log_pipe.h"

namespace sluice
{

namespace
{

constexpr size_t READ_SIZE = 64 << 10;
constexpr int READS = 64; /* before the thread looks whether it is to stop */
constexpr size_t BLOCK_SIZE = 256 << 10;
constexpr size_t MOST_LINE = 16 << 10; /* of 4 KiB from HAProxy, with everything escaped */
constexpr std::chrono::milliseconds BLOCK_AGE(200);
/*
 * Rest after each reading: lines come together, and HAProxy's writes find nobody to wake, which would cost it a
 * microsecond or two for each request.
 */
constexpr std::chrono::milliseconds REST(5);
/* On a host whose CPUs are all busy the pipe would fill up while this thread, which needs little, waits for its turn. */
constexpr int NICE = -10;

} // namespace

LogThread::LogThread(const std::string &path, std::optional<LogFormat> format)
    : pipe_(openLogPipe(path, "logReader.open")), input_(2 * READ_SIZE), format_(format)
{
	if (format)
		writer_.emplace(*format);
}

void LogThread::start(Napi::Env env, std::shared_ptr<Outbox<LogBlock>> outbox)
{
	outbox_ = std::move(outbox);
	thread_.start(env, "sluice-log", [this] { run(); });
}

void LogThread::stop()
{
	thread_.stop();
}

void LogThread::forget()
{
	thread_.forget();
}

void LogThread::setListener(const std::string &id, const ListenerNames &names)
{
	std::lock_guard<std::mutex> lock(mutex_);
	names_.listeners[id] = names;
}

void LogThread::setPool(const std::string &id, const std::string &name)
{
	std::lock_guard<std::mutex> lock(mutex_);
	names_.pools[id] = name;
}

void LogThread::removeName(const std::string &id)
{
	std::lock_guard<std::mutex> lock(mutex_);
	names_.listeners.erase(id);
	names_.pools.erase(id);
	counters_.erase(id);
}

LogCounters LogThread::counters()
{
	std::lock_guard<std::mutex> lock(mutex_);
	return counters_;
}

void LogThread::run()
{
	setpriority(PRIO_PROCESS, 0, NICE); /* of this thread; where it is not allowed it goes without */
	pollfd ready[] = {{thread_.stopFd(), POLLIN, 0}, {pipe_.get(), POLLIN, 0}};
	for (;;) {
		int patience = block_.lines == 0 ? -1 : static_cast<int>(BLOCK_AGE.count());
		poll(ready, 2, patience);
		if (ready[0].revents)
			break;
		for (int i = 0; i < READS && readSome(); i++)
			takeLines();
		if (block_.lines > 0 && Clock::now() - begun_ >= BLOCK_AGE)
			handOver();
		if (ready[1].revents && !thread_.sleep(REST))
			break;
	}
	/* A line that was half read would be lost to whoever reads next. */
	for (int i = 0; i < READS && filled_ > 0 && readSome(); i++)
		takeLines();
	handOver();
}

bool LogThread::readSome()
{
	ssize_t got = read(pipe_.get(), input_.data() + filled_, READ_SIZE);
	if (got <= 0)
		return false;
	filled_ += static_cast<size_t>(got);
	return true;
}

void LogThread::takeLines()
{
	std::lock_guard<std::mutex> lock(mutex_);
	size_t at = 0;
	while (auto *end = static_cast<char *>(memchr(input_.data() + at, '\n', filled_ - at))) {
		size_t next = static_cast<size_t>(end - input_.data()) + 1;
		if (!skipping_)
			takeLine(std::string_view(input_.data() + at, next - 1 - at));
		skipping_ = false;
		at = next;
	}
	filled_ -= at;
	memmove(input_.data(), input_.data() + at, filled_);
	if (filled_ < READ_SIZE)
		return;
	/* Room for a read must stay; nothing that HAProxy was asked for is this long. */
	stats_.unreadable += skipping_ ? 0 : 1;
	skipping_ = true;
	filled_ = 0;
}

void LogThread::takeLine(std::string_view line)
{
	LogRecord record;
	LogLine kind = readLogLine(line, record);
	if (kind == LogLine::UNREADABLE)
		stats_.unreadable++;
	if (kind != LogLine::RECORD)
		return;
	if (record.kind != LogRecord::CONNECTION) {
		auto found = counters_.find(record.listener);
		if (found == counters_.end())
			found = counters_.emplace(std::string(record.listener), LogFigures{}).first;
		countRecord(found->second, record);
	}
	bool whole = record.kind == LogRecord::REQUEST || record.kind == LogRecord::CONNECTION;
	if (!writer_ || !whole)
		return;
	if (block_.lines == 0)
		begun_ = Clock::now();
	writer_->begin(*block_.text);
	if (*format_ == LogFormat::JSON)
		renderJson(*writer_, factsOf(record, names_));
	else
		renderLine(*writer_, factsOf(record, names_));
	writer_->put('\n');
	block_.lines++;
	stats_.lines++;
	if (block_.text->size() >= BLOCK_SIZE)
		handOver();
}

void LogThread::handOver()
{
	if (block_.lines == 0)
		return;
	uint32_t lines = block_.lines;
	if (!outbox_->offer(std::move(block_)))
		stats_.lost += lines;
	block_ = {std::make_shared<std::string>(), 0};
	block_.text->reserve(BLOCK_SIZE + MOST_LINE);
}

} // namespace sluice
