/* SPDX-License-Identifier: GPL-2.0-only */
/* The named pipe that HAProxy's lines go through. */
#ifndef SLUICE_LOG_PIPE_H
#define SLUICE_LOG_PIPE_H

#include <string>

#include "descriptor.h"

namespace sluice
{

/*
 * Opens the pipe, makes it (0600) where there is none, and gives it as much room as this process may: 16 MiB, or
 * fs.pipe-max-size without CAP_SYS_RESOURCE. Open for reading and writing: as long as anybody has it open, lines wait in
 * it while nobody reads, and a writer never sees a broken pipe. Throws Failure; EINVAL: something else has that path.
 */
Descriptor openLogPipe(const std::string &path, const std::string &operation);

} // namespace sluice

#endif
