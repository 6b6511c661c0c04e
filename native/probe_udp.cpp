/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe_udp.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice
{

namespace
{

/* ICMP errors are queued with their type, code and sender, and not only as an errno. */
bool askForErrors(const Descriptor &socket, int family)
{
	int on = 1;
	if (family == AF_INET)
		return setsockopt(socket.get(), IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) == 0;
	return setsockopt(socket.get(), IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on)) == 0;
}

/*
 * The kernel's record of an error with the sender of the message behind it; null when the control message is another
 * one.
 */
const sock_extended_err *errorRecord(cmsghdr *control)
{
	bool ipv4 = control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_RECVERR;
	bool ipv6 = control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_RECVERR;
	return ipv4 || ipv6 ? reinterpret_cast<const sock_extended_err *>(CMSG_DATA(control)) : nullptr;
}

sockaddr_storage senderOf(const sock_extended_err *record)
{
	const sockaddr *offender = SO_EE_OFFENDER(record);
	sockaddr_storage sender = {};
	if (offender->sa_family == AF_INET)
		memcpy(&sender, offender, sizeof(sockaddr_in));
	else if (offender->sa_family == AF_INET6)
		memcpy(&sender, offender, sizeof(sockaddr_in6));
	return sender;
}

} // namespace

Progress UdpAttempt::begin(const Descriptor &epoll)
{
	const sockaddr_storage &to = request_.address;
	epoll_ = epoll.get();
	socket_ = Descriptor(socket(to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
	if (!socket_.valid() || !askForErrors(socket_, to.ss_family))
		return Finding::notTried(errno);
	if (connect(socket_.get(), generic(to), lengthOf(to)) != 0)
		return Finding::ended(errno);
	if (!watch(epoll, socket_.get(), EPOLLIN | EPOLLONESHOT, request_.id))
		return Finding::notTried(errno);
	return send();
}

Progress UdpAttempt::ready()
{
	if (Progress error = icmpError())
		return error;
	std::array<uint8_t, PROBE_PIECE> datagram;
	ssize_t got = recv(socket_.get(), datagram.data(), datagram.size(), 0);
	if (got >= 0)
		return Finding::data(datagram.data(), static_cast<size_t>(got));
	if (errno != EAGAIN)
		return Finding::ended(errno);
	await();
	return std::nullopt;
}

void UdpAttempt::resume()
{
	await();
}

Progress UdpAttempt::resend()
{
	return send();
}

Progress UdpAttempt::send()
{
	if (::send(socket_.get(), request_.send.data(), request_.send.size(), 0) >= 0)
		return std::nullopt;
	int error = errno;
	/* It may be what an earlier datagram met, and then the queue knows more. */
	Progress queued = icmpError();
	return queued ? queued : Finding::ended(error);
}

Progress UdpAttempt::icmpError()
{
	std::array<uint8_t, 512> control;
	msghdr message = {};
	message.msg_control = control.data();
	message.msg_controllen = control.size();
	if (recvmsg(socket_.get(), &message, MSG_ERRQUEUE) < 0)
		return std::nullopt;
	for (cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
		const sock_extended_err *record = errorRecord(each);
		if (!record)
			continue;
		Finding finding = Finding::ended(static_cast<int>(record->ee_errno));
		if (record->ee_origin == SO_EE_ORIGIN_ICMP || record->ee_origin == SO_EE_ORIGIN_ICMP6)
			finding.icmp = IcmpError{
				record->ee_type, record->ee_code, sameHost(senderOf(record), request_.address)};
		return finding;
	}
	return std::nullopt;
}

void UdpAttempt::await()
{
	epoll_event event = {};
	event.events = EPOLLIN | EPOLLONESHOT;
	event.data.u64 = request_.id;
	epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_.get(), &event);
}

} // namespace sluice
