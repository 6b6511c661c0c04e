/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread behind probeTcp. */
#ifndef SLUICE_PROBER_H
#define SLUICE_PROBER_H

#include <sys/socket.h>

#include <deque>
#include <queue>
#include <unordered_map>

#include "background.h"
#include "errors.h"
#include "outbox.h"

namespace sluice
{

struct ProbeRequest {
	uint64_t id; /* not 0 */
	sockaddr_storage address; /* IPv4 or IPv6, with port */
	sockaddr_storage source; /* family AF_UNSPEC: the kernel chooses */
	std::chrono::milliseconds timeout;
};

struct ProbeResult {
	uint64_t id;
	int error; /* 0, or the errno that the member's answer (or silence) amounts to */
	bool local; /* the error is this host's, it says nothing about the member */
	std::chrono::microseconds took;
};

/* One thread and one epoll set for any number of probes. Public functions: main thread. */
class Prober
{
      public:
	/* Throws Failure. */
	Prober();
	~Prober();

	/* Results come through the outbox. Throws Failure. */
	void start(Napi::Env env, std::shared_ptr<Outbox<ProbeResult>> outbox);
	void add(const ProbeRequest &request);

      private:
	using Clock = std::chrono::steady_clock;

	struct Active {
		Descriptor socket;
		Clock::time_point started;
	};
	struct Deadline {
		Clock::time_point at;
		uint64_t id;

		bool operator>(const Deadline &other) const
		{
			return at > other.at;
		}
	};

	/* All below: background thread. */
	void run();
	void takeRequests();
	void begin(const ProbeRequest &request);
	void finish(uint64_t id);
	void expire();
	void answer(uint64_t id, int error, bool local, Clock::time_point started);
	int untilNextDeadline() const;

	std::mutex mutex_; /* guards requests_ */
	std::vector<ProbeRequest> requests_;
	Descriptor wake_; /* eventfd: requests_ is not empty */
	Descriptor epoll_;
	std::deque<ProbeRequest> begin_; /* taken over, not begun yet */
	std::unordered_map<uint64_t, Active> active_;
	/* Entries of probes that finished in time stay until their deadline and are then ignored. */
	std::priority_queue<Deadline, std::vector<Deadline>, std::greater<Deadline>> deadlines_;
	std::shared_ptr<Outbox<ProbeResult>> outbox_;
	Background thread_;
};

} // namespace sluice

#endif
