/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe_echo.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice
{

namespace
{

/* Answers that may wait while the thread is busy with something else. */
constexpr int RECEIVE_BUFFER = 4 << 20;
/* Messages taken in before other probes have their turn. */
constexpr int AT_A_TIME = 256;

/* Type, code, checksum, identifier, sequence number: the same eight bytes in both families. */
constexpr size_t HEADER = 8;
constexpr size_t REQUEST = HEADER + sizeof(uint64_t);

constexpr int ICMP_FILTER_OPTION = 1; /* linux/icmp.h, which cannot be included beside netinet/ip_icmp.h */

uint16_t checksum(const uint8_t *bytes, size_t length)
{
	uint32_t sum = 0;
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return static_cast<uint16_t>(~sum);
}

/* Answers to echo requests and the errors they may meet; the kernel throws the rest away before it is copied. */
bool filter(const Descriptor &socket, sa_family_t family)
{
	if (family == AF_INET) {
		uint32_t blocked = ~(1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH | 1u << ICMP_TIME_EXCEEDED);
		return setsockopt(socket.get(), SOL_RAW, ICMP_FILTER_OPTION, &blocked, sizeof(blocked)) == 0;
	}
	icmp6_filter wanted;
	ICMP6_FILTER_SETBLOCKALL(&wanted);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &wanted);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &wanted);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &wanted);
	return setsockopt(socket.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &wanted, sizeof(wanted)) == 0;
}

/* Identifier and sequence number of an echo request or reply. */
uint32_t numberOf(const uint8_t *message)
{
	uint32_t number;
	memcpy(&number, message + 4, sizeof(number));
	return number;
}

/* What the kernel makes of such an error for a connection. */
int errnoOf4(const uint8_t *message)
{
	if (message[0] == ICMP_TIME_EXCEEDED)
		return EHOSTUNREACH;
	switch (message[1]) {
	case ICMP_NET_UNREACH:
	case ICMP_NET_UNKNOWN:
	case ICMP_NET_ANO:
		return ENETUNREACH;
	case ICMP_PORT_UNREACH:
		return ECONNREFUSED;
	default:
		return EHOSTUNREACH;
	}
}

int errnoOf6(const uint8_t *message)
{
	if (message[0] == ICMP6_TIME_EXCEEDED)
		return EHOSTUNREACH;
	switch (message[1]) {
	case ICMP6_DST_UNREACH_NOROUTE:
		return ENETUNREACH;
	case ICMP6_DST_UNREACH_NOPORT:
		return ECONNREFUSED;
	default:
		return EHOSTUNREACH;
	}
}

} // namespace

EchoSocket::EchoSocket(sa_family_t family) : family_(family)
{
	/* Where the kernel has no randomness yet, the numbers are guessable and no more than that. */
	if (getrandom(&secret_, sizeof(secret_), GRND_NONBLOCK) < 0 ||
		getrandom(&next_, sizeof(next_), GRND_NONBLOCK) < 0)
		secret_ = next_ = static_cast<uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

int EchoSocket::open(const Descriptor &epoll, uint64_t token)
{
	if (socket_.valid())
		return 0;
	int protocol = family_ == AF_INET ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
	Descriptor socket(::socket(family_, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
	if (!socket.valid() || !filter(socket, family_))
		return errno;
	/* Beyond the limit for everybody where this process may, up to it otherwise. */
	if (setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &RECEIVE_BUFFER, sizeof(RECEIVE_BUFFER)) != 0)
		setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &RECEIVE_BUFFER, sizeof(RECEIVE_BUFFER));
	if (!watch(epoll, socket.get(), EPOLLIN, token))
		return errno;
	socket_ = std::move(socket);
	return 0;
}

uint32_t EchoSocket::expect(uint64_t id, const sockaddr_storage &address)
{
	while (!expected_.emplace(next_, Expected{id, address}).second)
		next_++;
	return next_++;
}

void EchoSocket::forget(uint32_t number)
{
	expected_.erase(number);
}

Progress EchoSocket::send(uint32_t number, const sockaddr_storage &address)
{
	std::array<uint8_t, REQUEST> request = {};
	request[0] = family_ == AF_INET ? static_cast<uint8_t>(ICMP_ECHO) : static_cast<uint8_t>(ICMP6_ECHO_REQUEST);
	memcpy(request.data() + 4, &number, sizeof(number));
	memcpy(request.data() + HEADER, &secret_, sizeof(secret_));
	if (family_ == AF_INET) { /* of ICMPv6 the kernel computes it */
		uint16_t sum = checksum(request.data(), request.size());
		request[2] = static_cast<uint8_t>(sum >> 8);
		request[3] = static_cast<uint8_t>(sum);
	}
	sockaddr_storage to = address;
	/* A raw socket takes the port for a protocol number, and refuses one that is not its own. */
	reinterpret_cast<sockaddr_in &>(to).sin_port = 0;
	if (sendto(socket_.get(), request.data(), request.size(), 0, generic(to), lengthOf(to)) < 0)
		return Finding::ended(errno);
	return std::nullopt;
}

void EchoSocket::receive(const Found &found)
{
	std::array<uint8_t, 2048> packet;
	for (int i = 0; i < AT_A_TIME; i++) {
		sockaddr_storage sender = {};
		socklen_t size = sizeof(sender);
		ssize_t got = recvfrom(
			socket_.get(), packet.data(), packet.size(), 0, reinterpret_cast<sockaddr *>(&sender), &size);
		if (got < 0)
			return;
		if (family_ == AF_INET)
			take4(packet.data(), static_cast<size_t>(got), sender, found);
		else
			take6(packet.data(), static_cast<size_t>(got), sender, found);
	}
}

/*
 * A raw IPv4 socket delivers the IP header too. An error message carries the header and first bytes of what it is
 * about.
 */
void EchoSocket::take4(const uint8_t *packet, size_t length, const sockaddr_storage &sender, const Found &found)
{
	if (length < sizeof(iphdr))
		return;
	size_t outer = static_cast<size_t>(packet[0] & 0xf) * 4;
	if (length < outer + HEADER)
		return;
	const uint8_t *message = packet + outer;
	length -= outer;
	if (message[0] == ICMP_ECHOREPLY)
		return answered(message, length, sender, found);
	if (length < HEADER + sizeof(iphdr))
		return;
	const uint8_t *about = message + HEADER;
	size_t inner = static_cast<size_t>(about[0] & 0xf) * 4;
	if (about[9] != IPPROTO_ICMP || length < HEADER + inner + HEADER || about[inner] != ICMP_ECHO)
		return;
	refused(errnoOf4(message), message, about + inner, sender, found);
}

void EchoSocket::take6(const uint8_t *message, size_t length, const sockaddr_storage &sender, const Found &found)
{
	if (length < HEADER)
		return;
	if (message[0] == ICMP6_ECHO_REPLY)
		return answered(message, length, sender, found);
	const uint8_t *about = message + HEADER;
	if (length < HEADER + sizeof(ip6_hdr) + HEADER || about[6] != IPPROTO_ICMPV6 ||
		about[sizeof(ip6_hdr)] != ICMP6_ECHO_REQUEST)
		return;
	refused(errnoOf6(message), message, about + sizeof(ip6_hdr), sender, found);
}

void EchoSocket::answered(const uint8_t *message, size_t length, const sockaddr_storage &sender, const Found &found)
{
	auto expected = expected_.find(numberOf(message));
	if (expected == expected_.end() || length < REQUEST ||
		memcmp(message + HEADER, &secret_, sizeof(secret_)) != 0 || !sameHost(sender, expected->second.address))
		return;
	found(expected->second.id, Finding::ended(0));
}

void EchoSocket::refused(
	int error, const uint8_t *message, const uint8_t *ours, const sockaddr_storage &sender, const Found &found)
{
	auto expected = expected_.find(numberOf(ours));
	if (expected == expected_.end())
		return;
	Finding finding = Finding::ended(error);
	finding.icmp = IcmpError{message[0], message[1], sameHost(sender, expected->second.address)};
	found(expected->second.id, finding);
}

Progress EchoAttempt::begin(const Descriptor &epoll)
{
	if (int error = socket_.open(epoll, token_))
		return Finding::notTried(error);
	return socket_.send(number_, address_);
}

} // namespace sluice
