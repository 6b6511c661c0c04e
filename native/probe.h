/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP health probes: SYN, SYN-ACK, RST. The member's application never sees a connection. One thread serves all of them.
 */
#ifndef SLUICE_PROBE_H
#define SLUICE_PROBE_H

#include <napi.h>

namespace sluice
{

/* (options) -> promise of { errno, microseconds }. Main thread. */
Napi::Value probeTcp(const Napi::CallbackInfo &info);

} // namespace sluice

#endif
