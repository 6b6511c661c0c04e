/* SPDX-License-Identifier: GPL-2.0-only */
#include "pinned.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <climits>

#include "errors.h"

namespace sluice
{

namespace
{

/* What the kernel calls the file behind a descriptor: "anon_inode:bpf-map". */
std::string fileName(int fd)
{
	char target[PATH_MAX];
	ssize_t length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof(target));
	return length < 0 ? "" : std::string(target, static_cast<size_t>(length));
}

} // namespace

Descriptor openPinned(const std::string &path, const std::string &kind, const std::string &operation)
{
	Descriptor fd(bpf_obj_get(path.c_str()));
	if (!fd.valid())
		throw Failure{errno, operation, path};
	if (fileName(fd.get()).find(kind) == std::string::npos)
		throw Failure{EINVAL, operation, path, "what is pinned there is not a BPF " + kind};
	return fd;
}

} // namespace sluice
