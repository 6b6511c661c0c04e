/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe_attempt.h"

#include <netinet/in.h>
#include <sys/epoll.h>

#include <cerrno>
#include <cstring>

namespace sluice
{

namespace
{

/*
 * Errors of connect and send that are this host's: no memory, no free port, or its own packet filter (EPERM). A missing
 * route is not among them: the data plane has none to that member either.
 */
bool isLocal(int error)
{
	return error == ENOMEM || error == ENOBUFS || error == EADDRNOTAVAIL || error == EAGAIN || error == EPERM;
}

} // namespace

Finding Finding::data(const uint8_t *bytes, size_t length)
{
	Finding finding;
	finding.kind = DATA;
	finding.bytes.assign(bytes, bytes + length);
	return finding;
}

Finding Finding::ended(int error)
{
	Finding finding;
	finding.error = error;
	finding.local = isLocal(error);
	return finding;
}

Finding Finding::notTried(int error)
{
	Finding finding;
	finding.error = error;
	finding.local = true;
	return finding;
}

Finding Attempt::expire()
{
	return Finding::ended(ETIMEDOUT);
}

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

bool sameHost(const sockaddr_storage &one, const sockaddr_storage &other)
{
	if (one.ss_family != other.ss_family)
		return false;
	if (one.ss_family == AF_INET)
		return reinterpret_cast<const sockaddr_in &>(one).sin_addr.s_addr ==
		       reinterpret_cast<const sockaddr_in &>(other).sin_addr.s_addr;
	return memcmp(&reinterpret_cast<const sockaddr_in6 &>(one).sin6_addr,
		       &reinterpret_cast<const sockaddr_in6 &>(other).sin6_addr, sizeof(in6_addr)) == 0;
}

} // namespace sluice
