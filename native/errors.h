/* SPDX-License-Identifier: GPL-2.0-only */
/* The two ways a call can go wrong: the system refused (Failure), or the caller passed nonsense (misuse). */
#ifndef SLUICE_ERRORS_H
#define SLUICE_ERRORS_H

#include <napi.h>

#include <string>

namespace sluice
{

/* A refused operation. May be thrown on any thread; becomes a JavaScript error on the main one. */
struct Failure {
	int error; /* errno, positive */
	std::string operation; /* what was tried: "map.put" */
	std::string subject; /* on what: a name, a path, an interface index */
	std::string reason = ""; /* what is known beyond errno, one line */
	std::string detail = ""; /* end of the log of libbpf and the verifier */
};

/* "ENOENT", also for the kernel's own numbers that libc does not know. */
std::string errorName(int error);

/* Error with `code`, `errno`, `operation` and, where there is a log, `detail`. Main thread. */
Napi::Error toError(Napi::Env env, const Failure &failure);

/* TypeError that says what was expected. Main thread. */
Napi::Error misuse(Napi::Env env, const std::string &operation, const std::string &expected);

} // namespace sluice

#endif
