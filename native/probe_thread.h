/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread behind a Prober. */
#ifndef SLUICE_PROBE_THREAD_H
#define SLUICE_PROBE_THREAD_H

#include <deque>
#include <queue>
#include <unordered_map>

#include "background.h"
#include "errors.h"
#include "probe_attempt.h"
#include "probe_echo.h"

namespace sluice
{

/* A finding on its way to JavaScript. */
struct ProbeNews {
	uint64_t id;
	Finding finding;
	std::chrono::microseconds took; /* since the probe began */
};

/* One thread and one epoll set for any number of probes. Public functions: main thread. */
class ProbeThread
{
      public:
	/* Throws Failure. */
	ProbeThread();

	/* News come through the outbox. Throws Failure. */
	void start(Napi::Env env, std::shared_ptr<Outbox<ProbeNews>> outbox);
	/* Returns when the thread has ended; what it found until then still comes. */
	void stop();
	void forget();

	void begin(ProbeRequest request);
	/* After DATA: go on. */
	void resume(uint64_t id);
	/* Nothing more of this probe. */
	void end(uint64_t id);

      private:
	using Clock = std::chrono::steady_clock;

	struct Command {
		enum What { BEGIN, RESUME, END } what;
		uint64_t id;
		ProbeRequest request; /* BEGIN */
	};
	struct Active {
		std::unique_ptr<Attempt> attempt;
		Clock::time_point started;
		Clock::time_point deadline;
		std::chrono::milliseconds resend;
	};
	/* A moment to look at a probe again: to send once more, or to give up. */
	struct Alarm {
		Clock::time_point at;
		uint64_t id;

		bool operator>(const Alarm &other) const
		{
			return at > other.at;
		}
	};
	using Actives = std::unordered_map<uint64_t, Active>;

	void command(Command command);

	/* All below: background thread. */
	void run();
	void handle(uint64_t token);
	void takeCommands();
	void beginSome();
	std::unique_ptr<Attempt> attemptOf(const ProbeRequest &request);
	void ring();
	void setAlarm(uint64_t id, const Active &active, Clock::time_point now);
	void tell(Actives::iterator found, const Progress &progress);
	int untilNextAlarm() const;

	std::mutex mutex_; /* guards commands_ */
	std::vector<Command> commands_;
	Descriptor wake_; /* eventfd: commands_ is not empty */
	Descriptor epoll_;
	EchoSocket echo4_{AF_INET};
	EchoSocket echo6_{AF_INET6};
	std::deque<ProbeRequest> begin_; /* taken over, not begun yet */
	Actives active_;
	/* Alarms of probes that ended stay until they ring and are then ignored. */
	std::priority_queue<Alarm, std::vector<Alarm>, std::greater<Alarm>> alarms_;
	std::shared_ptr<Outbox<ProbeNews>> outbox_;
	Background thread_;
};

} // namespace sluice

#endif
