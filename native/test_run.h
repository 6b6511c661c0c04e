/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF_PROG_TEST_RUN off the main thread. */
#ifndef SLUICE_TEST_RUN_H
#define SLUICE_TEST_RUN_H

#include "arguments.h"
#include "descriptor.h"

namespace sluice
{

/* (options) -> promise of { retval, duration, data }. Main thread. */
Napi::Value runTest(const Arguments &arguments, SharedDescriptor program, const std::string &name);

} // namespace sluice

#endif
