/* SPDX-License-Identifier: GPL-2.0-only */
/* What people call the things that a line is about. */
#ifndef SLUICE_LOG_NAMES_H
#define SLUICE_LOG_NAMES_H

#include <map>
#include <string>
#include <string_view>

#include "log_text.h"

namespace sluice
{

/* A listener and what it belongs to; all escaped for the format. */
struct ListenerNames {
	std::string name;
	std::string loadbalancer;
	std::string loadbalancerId;
	std::string projectId;
};

/* By id, so that a new name needs no new configuration of HAProxy. */
struct LogNames {
	std::map<std::string, ListenerNames, std::less<>> listeners;
	std::map<std::string, std::string, std::less<>> pools;
};

} // namespace sluice

#endif
