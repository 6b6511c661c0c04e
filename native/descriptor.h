/* SPDX-License-Identifier: GPL-2.0-only */
/* A file descriptor with an owner. */
#ifndef SLUICE_DESCRIPTOR_H
#define SLUICE_DESCRIPTOR_H

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace sluice
{

class Descriptor
{
      public:
	explicit Descriptor(int fd = -1) : fd_(fd)
	{
	}
	Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1))
	{
	}
	Descriptor &operator=(Descriptor &&other) noexcept
	{
		std::swap(fd_, other.fd_);
		return *this;
	}
	Descriptor(const Descriptor &) = delete;
	Descriptor &operator=(const Descriptor &) = delete;
	~Descriptor()
	{
		if (fd_ >= 0)
			::close(fd_);
	}

	int get() const
	{
		return fd_;
	}
	bool valid() const
	{
		return fd_ >= 0;
	}

	/* A second descriptor of the same thing; invalid, with errno set, when there is no room for one. */
	static Descriptor duplicate(int fd)
	{
		return Descriptor(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	}

      private:
	int fd_;
};

/*
 * What handles hold. Work on another thread takes its own reference: when JavaScript closes the handle meanwhile, the
 * number stays taken until that work is done and cannot come to mean another file.
 */
using SharedDescriptor = std::shared_ptr<Descriptor>;

} // namespace sluice

#endif
