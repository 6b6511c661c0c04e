/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames out of the byte stream of an iterator program, and onto the wire. Each frame is preceded by two u32 in host order:
 * interface index and length. Index 0 marks a pause instead of a frame. Background thread.
 */
#ifndef SLUICE_FRAMES_H
#define SLUICE_FRAMES_H

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <functional>
#include <vector>

#include "descriptor.h"

namespace sluice
{

struct FrameHeader {
	uint32_t interface;
	uint32_t length; /* bytes that follow */
};

/* Reads end anywhere, also inside a record: what is incomplete waits for the next one. */
class FrameStream
{
      public:
	/* `record` points at the header; it and the frame behind it are valid during the call. */
	using Visit = std::function<void(const FrameHeader &header, const uint8_t *record)>;

	/* False when the bytes cannot be records: the rest of the pass is lost. */
	bool feed(const uint8_t *bytes, size_t length, const Visit &visit);
	void reset()
	{
		pending_.clear();
	}

      private:
	std::vector<uint8_t> pending_;
};

/* Sends frames as they are, many per system call. */
class FrameSender
{
      public:
	/* Opens a packet socket in the network namespace of the calling thread. Throws Failure. */
	explicit FrameSender(const char *operation);

	/* What the last flush() did. */
	struct Outcome {
		uint64_t frames = 0;
		uint64_t bytes = 0;
		uint64_t errors = 0;
		int lastError = 0; /* errno */
	};

	/* The frame is copied; it leaves with flush(). */
	void add(uint32_t interface, const uint8_t *frame, uint32_t length);
	Outcome flush();

      private:
	struct Queued {
		sockaddr_ll address;
		size_t offset;
		size_t length;
	};

	Descriptor socket_;
	std::vector<Queued> queue_;
	std::vector<uint8_t> bytes_;
};

} // namespace sluice

#endif
