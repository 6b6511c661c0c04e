/* SPDX-License-Identifier: GPL-2.0-only */
/* An iterator program bound to a map, and passes over it. Any thread. */
#ifndef SLUICE_ITERATOR_H
#define SLUICE_ITERATOR_H

#include <cstddef>
#include <cstdint>

#include "descriptor.h"

namespace sluice
{

/* The program must be of SEC("iter/bpf_map_elem"). Throws Failure. */
class Iterator
{
      public:
	Iterator(int program, int map, const char *operation);

	/* Starts a pass over the map. Reading it runs the program; closing it ends the pass. Throws Failure. */
	Descriptor pass(const char *operation) const;

      private:
	Descriptor link_;
};

/*
 * One read of a pass: bytes the program wrote, 0 at the end, or -errno. A kernel that walked a million elements without
 * output hands control back with EAGAIN, which callers answer by reading on.
 */
ssize_t readPass(const Descriptor &pass, uint8_t *buffer, size_t size);

} // namespace sluice

#endif
