/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe_tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>

namespace sluice
{

namespace
{

/*
 * With delayed acknowledgments the SYN-ACK is not answered at once. A CONNECT closes in that time, and closing without
 * linger sends RST in place of the ACK: the member's kernel drops the half-open connection, and its application has
 * nothing to accept. A STREAM's ACK leaves together with its first bytes.
 */
bool prepare(const Descriptor &socket)
{
	int off = 0;
	linger none = {1, 0};
	return setsockopt(socket.get(), IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off)) == 0 &&
	       setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof(none)) == 0;
}

} // namespace

Progress TcpAttempt::begin(const Descriptor &epoll)
{
	const sockaddr_storage &to = request_.address;
	epoll_ = epoll.get();
	socket_ = Descriptor(socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
	if (!socket_.valid() || !prepare(socket_))
		return Finding::notTried(errno);
	if (connect(socket_.get(), generic(to), lengthOf(to)) != 0 && errno != EINPROGRESS)
		return Finding::ended(errno);
	if (!watch(epoll, socket_.get(), EPOLLOUT | EPOLLONESHOT, request_.id))
		return Finding::notTried(errno);
	return std::nullopt;
}

Progress TcpAttempt::ready()
{
	switch (state_) {
	case CONNECTING:
		return connected();
	case WRITING:
		return write();
	default:
		return read();
	}
}

void TcpAttempt::resume()
{
	await(EPOLLIN);
}

Finding TcpAttempt::ended(int error) const
{
	Finding finding = Finding::ended(error);
	finding.connected = state_ != CONNECTING;
	return finding;
}

Progress TcpAttempt::connected()
{
	int error = 0;
	socklen_t length = sizeof(error);
	getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
	if (error != 0 || request_.kind == ProbeKind::CONNECT)
		return ended(error);
	state_ = WRITING;
	return write();
}

Progress TcpAttempt::write()
{
	const Bytes &bytes = request_.send;
	ssize_t sent = send(socket_.get(), bytes.data() + written_, bytes.size() - written_, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		return ended(errno);
	written_ += sent > 0 ? static_cast<size_t>(sent) : 0;
	if (written_ == bytes.size())
		state_ = READING;
	await(state_ == READING ? EPOLLIN : EPOLLOUT);
	return std::nullopt;
}

Progress TcpAttempt::read()
{
	std::array<uint8_t, PROBE_PIECE> piece;
	ssize_t got = recv(socket_.get(), piece.data(), piece.size(), 0);
	if (got > 0)
		return Finding::data(piece.data(), static_cast<size_t>(got));
	if (got == 0 || errno != EAGAIN)
		return ended(got == 0 ? 0 : errno);
	await(EPOLLIN);
	return std::nullopt;
}

void TcpAttempt::await(uint32_t events)
{
	epoll_event event = {};
	event.events = events | EPOLLONESHOT;
	event.data.u64 = request_.id;
	epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_.get(), &event);
}

} // namespace sluice
