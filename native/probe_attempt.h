/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a health probe is asked, what it may find, and the one interface of its kinds. Probe thread, where nothing else
 * is said.
 */
#ifndef SLUICE_PROBE_ATTEMPT_H
#define SLUICE_PROBE_ATTEMPT_H

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "descriptor.h"
#include "outbox.h"

namespace sluice
{

enum class ProbeKind {
	CONNECT, /* SYN, SYN-ACK, RST */
	STREAM, /* a TCP connection: bytes are sent, what comes back is handed over */
	DATAGRAM, /* the same over UDP */
	ECHO, /* ICMP echo */
};

/* Made on the main thread, read by the probe thread. */
struct ProbeRequest {
	uint64_t id; /* from 1 */
	ProbeKind kind;
	sockaddr_storage address; /* IPv4 or IPv6; ECHO ignores the port */
	std::chrono::milliseconds timeout;
	std::chrono::milliseconds resend; /* DATAGRAM, ECHO: sent again this often until there is an answer; 0: never */
	Bytes send; /* STREAM, DATAGRAM */
};

/* An ICMP message that came in place of an answer. */
struct IcmpError {
	uint8_t type;
	uint8_t code;
	bool fromTarget; /* the probed host sent it itself: it is alive */
};

struct Finding {
	/*
	 * DATA: bytes of a STREAM, or one datagram; nothing more is read until the probe is told to go on. END: the
	 * last of this probe, which is an answer (CONNECT, ECHO), the other side's close (STREAM), or an error.
	 */
	enum Kind { DATA, END } kind = END;
	int error = 0; /* END: 0, or the errno that the other side's answer or silence amounts to */
	bool local = false; /* END: the error is this host's, it says nothing about the other side */
	bool connected = false; /* END of a STREAM: the connection stood */
	std::optional<IcmpError> icmp;
	Bytes bytes;

	static Finding data(const uint8_t *bytes, size_t length);
	static Finding ended(int error);
	/* This host could not even try. */
	static Finding notTried(int error);
};

/* No finding: it goes on. */
using Progress = std::optional<Finding>;

/* Bytes that are read at a time. With one such piece under way for each probe this bounds the memory of all. */
constexpr size_t PROBE_PIECE = 8192;

/* One probe under way. Ended by destroying it: what it holds is closed at once. */
class Attempt
{
      public:
	virtual ~Attempt() = default;
	/* Sends what comes first; from then on the descriptor reports to `epoll` with this probe's id. */
	virtual Progress begin(const Descriptor &epoll) = 0;
	/* The descriptor has something. */
	virtual Progress ready() = 0;
	/* After DATA: go on. */
	virtual void resume() = 0;
	/* Time to send again. */
	virtual Progress resend() = 0;
	/* Time is over. */
	virtual Finding expire();
};

/* Watches a descriptor, for one event at a time when EPOLLONESHOT is among `events`. False: errno says why not. */
bool watch(const Descriptor &epoll, int fd, uint32_t events, uint64_t token);

inline const sockaddr *generic(const sockaddr_storage &address)
{
	return reinterpret_cast<const sockaddr *>(&address);
}
socklen_t lengthOf(const sockaddr_storage &address);
/* Ports do not matter. */
bool sameHost(const sockaddr_storage &one, const sockaddr_storage &other);

} // namespace sluice

#endif
