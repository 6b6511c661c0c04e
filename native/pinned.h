/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening what was pinned in the BPF file system. */
#ifndef SLUICE_PINNED_H
#define SLUICE_PINNED_H

#include <string>

#include "descriptor.h"

namespace sluice
{

/*
 * `kind` is "map", "prog" or "link". Maps, programs and links share the file system, and a descriptor of one used as
 * another yields nonsense: what is found is checked. Throws Failure.
 */
Descriptor openPinned(const std::string &path, const std::string &kind, const std::string &operation);

} // namespace sluice

#endif
