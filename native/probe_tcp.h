/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes over TCP. */
#ifndef SLUICE_PROBE_TCP_H
#define SLUICE_PROBE_TCP_H

#include <cerrno>

#include "probe_attempt.h"

namespace sluice
{

/* Kinds CONNECT and STREAM. Always ends with RST: no TIME-WAIT stays behind on either side. */
class TcpAttempt : public Attempt
{
      public:
	explicit TcpAttempt(ProbeRequest request) : request_(std::move(request))
	{
	}

	Progress begin(const Descriptor &epoll) override;
	Progress ready() override;
	void resume() override;
	/* TCP does that itself. */
	Progress resend() override
	{
		return std::nullopt;
	}
	Finding expire() override
	{
		return ended(ETIMEDOUT);
	}

      private:
	Finding ended(int error) const;
	Progress connected();
	Progress write();
	Progress read();
	void await(uint32_t events);

	ProbeRequest request_;
	Descriptor socket_;
	int epoll_ = -1; /* the thread's; it outlives every attempt */
	enum { CONNECTING, WRITING, READING } state_ = CONNECTING;
	size_t written_ = 0;
};

} // namespace sluice

#endif
