/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Probes by ICMP echo. One raw socket for each family serves all of them: a socket of its own for each probe would get
 * a copy of every answer to any other. Needs CAP_NET_RAW.
 */
#ifndef SLUICE_PROBE_ECHO_H
#define SLUICE_PROBE_ECHO_H

#include <functional>
#include <unordered_map>

#include "probe_attempt.h"

namespace sluice
{

class EchoSocket
{
      public:
	/* What became of a probe, by its id. */
	using Found = std::function<void(uint64_t id, const Finding &finding)>;

	explicit EchoSocket(sa_family_t family);

	/*
	 * Opens the socket unless it is open. It reports to `epoll` with this token. 0, or the errno that stands in the
	 * way.
	 */
	int open(const Descriptor &epoll, uint64_t token);

	/* A number for one probe, by which its answers are told from others. */
	uint32_t expect(uint64_t id, const sockaddr_storage &address);
	void forget(uint32_t number);
	Progress send(uint32_t number, const sockaddr_storage &address);

	/* Takes in what has come. Nothing is kept of probes that were found: they are to be destroyed. */
	void receive(const Found &found);

      private:
	struct Expected {
		uint64_t id;
		sockaddr_storage address;
	};

	void take4(const uint8_t *packet, size_t length, const sockaddr_storage &sender, const Found &found);
	void take6(const uint8_t *message, size_t length, const sockaddr_storage &sender, const Found &found);
	void answered(const uint8_t *message, size_t length, const sockaddr_storage &sender, const Found &found);
	void refused(int error, const uint8_t *message, const uint8_t *ours, const sockaddr_storage &sender,
		const Found &found);

	sa_family_t family_;
	Descriptor socket_;
	uint64_t secret_; /* in every request: an answer without it was made up */
	uint32_t next_; /* identifier and sequence number of the next request */
	std::unordered_map<uint32_t, Expected> expected_;
};

/* Kind ECHO. Its findings come from the socket, which must outlive it. */
class EchoAttempt : public Attempt
{
      public:
	EchoAttempt(EchoSocket &socket, uint64_t token, const ProbeRequest &request)
	    : socket_(socket), token_(token), address_(request.address), number_(socket.expect(request.id, address_))
	{
	}
	~EchoAttempt() override
	{
		socket_.forget(number_);
	}

	Progress begin(const Descriptor &epoll) override;
	Progress ready() override
	{
		return std::nullopt;
	}
	void resume() override
	{
	}
	Progress resend() override
	{
		return socket_.send(number_, address_);
	}

      private:
	EchoSocket &socket_;
	uint64_t token_;
	sockaddr_storage address_;
	uint32_t number_;
};

} // namespace sluice

#endif
