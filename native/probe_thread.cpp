/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe_thread.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "probe_tcp.h"
#include "probe_udp.h"

namespace sluice
{

namespace
{

/* Epoll tokens; probes have their id. */
constexpr uint64_t WAKE = 0;
constexpr uint64_t STOP = UINT64_MAX;
constexpr uint64_t ECHO4 = UINT64_MAX - 1;
constexpr uint64_t ECHO6 = UINT64_MAX - 2;

/*
 * Probes begun before answers are looked at again. An answered CONNECT has 200 ms, the longest that an acknowledgment
 * can be delayed, to be closed; after that the kernel completes the handshake and the member's application sees a
 * connection.
 */
constexpr size_t BURST = 32;

} // namespace

ProbeThread::ProbeThread() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), epoll_(epoll_create1(EPOLL_CLOEXEC))
{
	if (!wake_.valid() || !epoll_.valid() || !watch(epoll_, wake_.get(), EPOLLIN, WAKE) ||
		!watch(epoll_, thread_.stopFd(), EPOLLIN, STOP))
		throw Failure{errno, "prober.open", ""};
}

void ProbeThread::start(Napi::Env env, std::shared_ptr<Outbox<ProbeNews>> outbox)
{
	outbox_ = std::move(outbox);
	thread_.beforeStop([this] { outbox_->shut(); });
	thread_.start(env, "sluice-probe", [this] { run(); });
}

void ProbeThread::stop()
{
	thread_.stop();
}

void ProbeThread::forget()
{
	thread_.forget();
}

void ProbeThread::begin(ProbeRequest request)
{
	uint64_t id = request.id;
	command({Command::BEGIN, id, std::move(request)});
}

void ProbeThread::resume(uint64_t id)
{
	command({Command::RESUME, id, {}});
}

void ProbeThread::end(uint64_t id)
{
	command({Command::END, id, {}});
}

void ProbeThread::command(Command command)
{
	std::lock_guard<std::mutex> lock(mutex_);
	commands_.push_back(std::move(command));
	if (commands_.size() > 1)
		return; /* the thread has been woken already */
	uint64_t one = 1;
	while (write(wake_.get(), &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void ProbeThread::run()
{
	std::array<epoll_event, 256> events;
	for (;;) {
		int patience = begin_.empty() ? untilNextAlarm() : 0;
		int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience);
		for (int i = 0; i < count; i++) {
			if (events[i].data.u64 == STOP)
				return;
			handle(events[i].data.u64);
		}
		/* With more to come, an answer that is there already could be taken for silence. */
		if (count < static_cast<int>(events.size()))
			ring();
		beginSome();
	}
}

void ProbeThread::handle(uint64_t token)
{
	if (token == WAKE)
		return takeCommands();
	if (token == ECHO4 || token == ECHO6) {
		EchoSocket &socket = token == ECHO4 ? echo4_ : echo6_;
		return socket.receive([this](uint64_t id, const Finding &finding) { tell(active_.find(id), finding); });
	}
	auto found = active_.find(token);
	if (found != active_.end())
		tell(found, found->second.attempt->ready());
}

void ProbeThread::takeCommands()
{
	std::vector<Command> commands;
	{
		std::lock_guard<std::mutex> lock(mutex_);
		uint64_t count;
		while (read(wake_.get(), &count, sizeof(count)) < 0 && errno == EINTR)
			;
		commands.swap(commands_);
	}
	for (Command &each : commands) {
		auto found = active_.find(each.id);
		if (each.what == Command::BEGIN)
			begin_.push_back(std::move(each.request));
		else if (each.what == Command::RESUME && found != active_.end())
			found->second.attempt->resume();
		else if (each.what == Command::END && found != active_.end())
			active_.erase(found);
		else if (each.what == Command::END)
			begin_.erase(std::remove_if(begin_.begin(), begin_.end(),
					     [&each](const ProbeRequest &request) { return request.id == each.id; }),
				begin_.end());
	}
}

void ProbeThread::beginSome()
{
	for (size_t i = 0; i < BURST && !begin_.empty(); i++) {
		const ProbeRequest &request = begin_.front();
		auto now = Clock::now();
		Active active = {attemptOf(request), now, now + request.timeout, request.resend};
		auto found = active_.emplace(request.id, std::move(active)).first;
		setAlarm(request.id, found->second, now);
		begin_.pop_front();
		tell(found, found->second.attempt->begin(epoll_));
	}
}

std::unique_ptr<Attempt> ProbeThread::attemptOf(const ProbeRequest &request)
{
	bool ipv4 = request.address.ss_family == AF_INET;
	switch (request.kind) {
	case ProbeKind::ECHO:
		return std::make_unique<EchoAttempt>(ipv4 ? echo4_ : echo6_, ipv4 ? ECHO4 : ECHO6, request);
	case ProbeKind::DATAGRAM:
		return std::make_unique<UdpAttempt>(request);
	default:
		return std::make_unique<TcpAttempt>(request);
	}
}

void ProbeThread::ring()
{
	auto now = Clock::now();
	while (!alarms_.empty() && alarms_.top().at <= now) {
		auto found = active_.find(alarms_.top().id);
		alarms_.pop();
		if (found == active_.end())
			continue;
		Active &active = found->second;
		if (active.deadline <= now) {
			tell(found, active.attempt->expire());
			continue;
		}
		setAlarm(found->first, active, now);
		tell(found, active.attempt->resend());
	}
}

void ProbeThread::setAlarm(uint64_t id, const Active &active, Clock::time_point now)
{
	bool again = active.resend.count() > 0 && now + active.resend < active.deadline;
	alarms_.push({again ? now + active.resend : active.deadline, id});
}

/* What the probe holds is closed, and so its RST sent, before its end is on the way to JavaScript. */
void ProbeThread::tell(Actives::iterator found, const Progress &progress)
{
	if (!progress || found == active_.end())
		return;
	uint64_t id = found->first;
	auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - found->second.started);
	if (progress->kind == Finding::END)
		active_.erase(found);
	outbox_->push({id, *progress, took});
}

int ProbeThread::untilNextAlarm() const
{
	if (alarms_.empty())
		return -1;
	auto left = alarms_.top().at - Clock::now();
	if (left <= Clock::duration::zero())
		return 0;
	/* Rounded up: waking a fraction early would mean waking again and again until it is due. */
	return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

} // namespace sluice
