/* SPDX-License-Identifier: GPL-2.0-only */
#include "iterator.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "errors.h"

namespace sluice
{

Iterator::Iterator(int program, int map, const char *operation)
{
	bpf_iter_link_info target = {};
	target.map.map_fd = static_cast<uint32_t>(map);
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &target, .iter_info_len = sizeof(target));
	link_ = Descriptor(bpf_link_create(program, 0, BPF_TRACE_ITER, &options));
	if (!link_.valid())
		throw Failure{errno, operation, "", "cannot bind the iterator program to the map"};
}

Descriptor Iterator::pass(const char *operation) const
{
	Descriptor pass(bpf_iter_create(link_.get()));
	if (!pass.valid())
		throw Failure{errno, operation, ""};
	return pass;
}

ssize_t readPass(const Descriptor &pass, uint8_t *buffer, size_t size)
{
	ssize_t got = read(pass.get(), buffer, size);
	return got < 0 ? -errno : got;
}

} // namespace sluice
