/* SPDX-License-Identifier: GPL-2.0-only */
#include "pump_thread.h"

#include <cerrno>

#include "errors.h"

namespace sluice
{

PumpThread::PumpThread(Iterator iterator, const PumpSettings &settings)
    : iterator_(std::move(iterator)), settings_(settings), buffer_(settings.readSize)
{
	if (settings_.transmit)
		sender_.emplace("pump.start");
}

void PumpThread::start(Napi::Env env, std::shared_ptr<Outbox<Bytes>> outbox)
{
	outbox_ = std::move(outbox);
	if (outbox_)
		thread_.beforeStop([this] { outbox_->shut(); });
	thread_.start(env, "sluice-pump", [this] { run(); });
}

void PumpThread::stop()
{
	thread_.stop();
}

void PumpThread::release(Napi::Env env)
{
	thread_.forget();
	if (!outbox_)
		return;
	outbox_->release();
	outbox_->flush(env);
}

void PumpThread::run()
{
	while (!thread_.stopping()) {
		auto start = Clock::now();
		bool finished = sweep();
		auto end = Clock::now();
		if (finished) {
			stats_.lastSweepMicroseconds =
				std::chrono::duration_cast<std::chrono::microseconds>(end - start).count();
			stats_.sweeps++;
		}
		/* A sweep that overran its period must not turn into a loop without rest. */
		auto rest = end - start < settings_.period ? start + settings_.period - end : settings_.period;
		if (!thread_.sleep(rest))
			return;
	}
}

bool PumpThread::sweep()
{
	Descriptor pass;
	try {
		pass = iterator_.pass("pump.sweep");
	} catch (const Failure &failure) {
		count(failure.error);
		return false;
	}
	stream_.reset();
	while (!thread_.stopping()) {
		ssize_t got = readPass(pass, buffer_.data(), buffer_.size());
		if (got == -EAGAIN || got == -EINTR)
			continue;
		if (got == 0)
			return true;
		if (got < 0)
			count(static_cast<int>(-got));
		if (got < 0 || !take(buffer_.data(), static_cast<size_t>(got)))
			return false;
	}
	return false;
}

bool PumpThread::take(const uint8_t *bytes, size_t length)
{
	if (settings_.transmit)
		return takeFrames(bytes, length);
	stats_.bytes += length;
	if (outbox_)
		outbox_->push(Bytes(bytes, bytes + length));
	return true;
}

bool PumpThread::takeFrames(const uint8_t *bytes, size_t length)
{
	bool pause = false;
	bool sane = stream_.feed(bytes, length, [&](const FrameHeader &header, const uint8_t *record) {
		if (header.interface == 0)
			pause = true;
		else
			sender_->add(header.interface, record + sizeof(header), header.length);
		if (outbox_)
			outbox_->push(Bytes(record, record + sizeof(header) + header.length));
	});

	FrameSender::Outcome outcome = sender_->flush();
	stats_.frames += outcome.frames;
	stats_.bytes += outcome.bytes;
	stats_.errors += outcome.errors;
	if (outcome.errors > 0)
		stats_.lastError = outcome.lastError;
	if (!sane)
		count(EBADMSG);
	if (pause)
		thread_.sleep(settings_.pause);
	return sane;
}

void PumpThread::count(int error)
{
	stats_.errors++;
	stats_.lastError = error;
}

} // namespace sluice
