/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes over UDP. */
#ifndef SLUICE_PROBE_UDP_H
#define SLUICE_PROBE_UDP_H

#include "probe_attempt.h"

namespace sluice
{

/* Kind DATAGRAM. Ends by itself only with an error; silence is for the deadline. */
class UdpAttempt : public Attempt
{
      public:
	explicit UdpAttempt(ProbeRequest request) : request_(std::move(request))
	{
	}

	Progress begin(const Descriptor &epoll) override;
	Progress ready() override;
	void resume() override;
	Progress resend() override;

      private:
	Progress send();
	Progress icmpError();
	void await();

	ProbeRequest request_;
	Descriptor socket_;
	int epoll_ = -1; /* the thread's; it outlives every attempt */
};

} // namespace sluice

#endif
