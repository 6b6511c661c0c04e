/* SPDX-License-Identifier: GPL-2.0-only */
#include "prober.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>

namespace sluice
{

namespace
{

/* Epoll tokens; probes have their id. */
constexpr uint64_t WAKE = 0;
constexpr uint64_t STOP = UINT64_MAX;

/*
 * Probes begun before answers are looked at again. An answered probe has 200 ms, the longest that an acknowledgment can be
 * delayed, to be closed; after that the kernel completes the handshake and the member's application sees a connection.
 */
constexpr size_t BURST = 32;

bool watch(const Descriptor &epoll, int fd, uint32_t events, uint64_t token)
{
	epoll_event event = {};
	event.events = events;
	event.data.u64 = token;
	return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

socklen_t lengthOf(const sockaddr_storage &address)
{
	return address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

/*
 * A socket that leaves nothing but SYN and RST behind: with delayed acknowledgments the SYN-ACK is not answered at once, and
 * closing without linger sends RST in place of that ACK. The member's kernel then drops the half-open connection, and
 * its application has nothing to accept.
 */
bool prepare(const Descriptor &socket, const ProbeRequest &request)
{
	int off = 0, on = 1;
	linger none = {1, 0};
	if (setsockopt(socket.get(), IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off)) != 0 ||
		setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof(none)) != 0)
		return false;
	if (request.source.ss_family == AF_UNSPEC)
		return true;
	/* Choose the port at connect: bind alone would need one that no other destination uses either. */
	return setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) == 0 &&
	       bind(socket.get(), reinterpret_cast<const sockaddr *>(&request.source), lengthOf(request.source)) == 0;
}

} // namespace

Prober::Prober() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), epoll_(epoll_create1(EPOLL_CLOEXEC))
{
	if (!wake_.valid() || !epoll_.valid() || !watch(epoll_, wake_.get(), EPOLLIN, WAKE) ||
		!watch(epoll_, thread_.stopFd(), EPOLLIN, STOP))
		throw Failure{errno, "probe.start", ""};
}

Prober::~Prober()
{
	thread_.stop();
}

void Prober::start(Napi::Env env, std::shared_ptr<Outbox<ProbeResult>> outbox)
{
	outbox_ = std::move(outbox);
	thread_.beforeStop([this] { outbox_->shut(); });
	thread_.start(env, "sluice-probe", [this] { run(); });
}

void Prober::add(const ProbeRequest &request)
{
	std::lock_guard<std::mutex> lock(mutex_);
	requests_.push_back(request);
	uint64_t one = 1;
	while (write(wake_.get(), &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void Prober::run()
{
	std::array<epoll_event, 256> events;
	for (;;) {
		int patience = begin_.empty() ? untilNextDeadline() : 0;
		int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience);
		for (int i = 0; i < count; i++) {
			if (events[i].data.u64 == STOP)
				return;
			if (events[i].data.u64 == WAKE)
				takeRequests();
			else
				finish(events[i].data.u64);
		}
		expire();
		for (size_t i = 0; i < BURST && !begin_.empty(); i++) {
			begin(begin_.front());
			begin_.pop_front();
		}
	}
}

void Prober::takeRequests()
{
	std::lock_guard<std::mutex> lock(mutex_);
	uint64_t count;
	while (read(wake_.get(), &count, sizeof(count)) < 0 && errno == EINTR)
		;
	begin_.insert(begin_.end(), requests_.begin(), requests_.end());
	requests_.clear();
}

void Prober::begin(const ProbeRequest &request)
{
	auto started = Clock::now();
	Descriptor socket(::socket(request.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
	if (!socket.valid() || !prepare(socket, request))
		return answer(request.id, errno, true, started);

	int status =
		connect(socket.get(), reinterpret_cast<const sockaddr *>(&request.address), lengthOf(request.address));
	if (status != 0 && errno != EINPROGRESS)
		return answer(request.id, errno, errno == EADDRNOTAVAIL, started);
	if (!watch(epoll_, socket.get(), EPOLLOUT, request.id))
		return answer(request.id, errno, true, started);
	active_.emplace(request.id, Active{std::move(socket), started});
	deadlines_.push({started + request.timeout, request.id});
}

void Prober::finish(uint64_t id)
{
	auto found = active_.find(id);
	if (found == active_.end())
		return;
	int error = 0;
	socklen_t length = sizeof(error);
	getsockopt(found->second.socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
	auto started = found->second.started;
	active_.erase(found); /* closes, and so sends the RST, before the result is on its way */
	answer(id, error, false, started);
}

void Prober::expire()
{
	auto now = Clock::now();
	while (!deadlines_.empty() && deadlines_.top().at <= now) {
		auto found = active_.find(deadlines_.top().id);
		deadlines_.pop();
		if (found == active_.end())
			continue;
		uint64_t id = found->first;
		auto started = found->second.started;
		active_.erase(found);
		answer(id, ETIMEDOUT, false, started);
	}
}

void Prober::answer(uint64_t id, int error, bool local, Clock::time_point started)
{
	auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started);
	outbox_->push({id, error, local, took});
}

int Prober::untilNextDeadline() const
{
	if (deadlines_.empty())
		return -1;
	auto left = deadlines_.top().at - Clock::now();
	if (left <= Clock::duration::zero())
		return 0;
	/* Rounded up: waking a fraction early would mean waking again and again until it is due. */
	return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

} // namespace sluice
