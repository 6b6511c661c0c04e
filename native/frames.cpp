/* SPDX-License-Identifier: GPL-2.0-only */
#include "frames.h"

#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "errors.h"

namespace sluice
{

namespace
{

constexpr uint32_t LONGEST_FRAME = 65535 + 22; /* an IP packet, Ethernet header, two VLAN tags */
constexpr size_t BURST = 64; /* frames per system call */

} // namespace

bool FrameStream::feed(const uint8_t *bytes, size_t length, const Visit &visit)
{
	pending_.insert(pending_.end(), bytes, bytes + length);
	size_t at = 0;
	FrameHeader header;
	while (pending_.size() - at >= sizeof(header)) {
		memcpy(&header, pending_.data() + at, sizeof(header));
		if (header.length > LONGEST_FRAME) {
			reset();
			return false;
		}
		if (pending_.size() - at < sizeof(header) + header.length)
			break;
		visit(header, pending_.data() + at);
		at += sizeof(header) + header.length;
	}
	pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
	return true;
}

FrameSender::FrameSender(const char *operation)
    : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) /* protocol 0: receives nothing */
{
	/* A driver that never drains its queue must not hold the thread beyond this. */
	timeval patience = {0, 50000};
	if (!socket_.valid() || setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0)
		throw Failure{errno, operation, "", "cannot open a packet socket"};
}

void FrameSender::add(uint32_t interface, const uint8_t *frame, uint32_t length)
{
	sockaddr_ll address = {};
	address.sll_family = AF_PACKET;
	address.sll_ifindex = static_cast<int>(interface);
	queue_.push_back({address, bytes_.size(), length});
	bytes_.insert(bytes_.end(), frame, frame + length);
}

FrameSender::Outcome FrameSender::flush()
{
	Outcome outcome;
	for (size_t at = 0; at < queue_.size();) {
		iovec parts[BURST];
		mmsghdr messages[BURST] = {};
		size_t count = std::min(BURST, queue_.size() - at);
		for (size_t i = 0; i < count; i++) {
			Queued &queued = queue_[at + i];
			parts[i] = {bytes_.data() + queued.offset, queued.length};
			messages[i].msg_hdr.msg_name = &queued.address;
			messages[i].msg_hdr.msg_namelen = sizeof(queued.address);
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		int sent = sendmmsg(socket_.get(), messages, static_cast<unsigned>(count), 0);
		for (int i = 0; i < sent; i++)
			outcome.bytes += messages[i].msg_len;
		outcome.frames += static_cast<uint64_t>(std::max(sent, 0));
		at += static_cast<size_t>(std::max(sent, 0));
		if (sent >= 0)
			continue;
		/* Its interface went down or vanished: the next frame may have another. */
		outcome.errors++;
		outcome.lastError = errno;
		at++;
	}
	queue_.clear();
	bytes_.clear();
	return outcome;
}

} // namespace sluice
