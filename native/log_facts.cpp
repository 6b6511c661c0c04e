/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_render.h"

namespace sluice
{

namespace
{

/* HTTP/2 clients and those of forward proxies send "https://host/path"; the log has host and path. */
void splitTarget(std::string_view target, std::string_view &host, std::string_view &path)
{
	path = target;
	size_t scheme = target.find("://");
	if (target.empty() || target[0] == '/' || scheme == std::string_view::npos)
		return;
	std::string_view rest = target.substr(scheme + 3);
	size_t end = rest.find_first_of("/?");
	if (host.empty())
		host = rest.substr(0, end);
	path = end == std::string_view::npos || rest[end] != '/' ? std::string_view("/") : rest.substr(end);
}

/*
 * HAProxy does not count bodies. Known: an answer that came whole and said how long it is, and those that have none.
 * What HAProxy compressed on the way is shorter than its member said.
 */
int64_t bodyOf(const LogRecord &record)
{
	bool redirected = record.termination.substr(0, 2) == "LR" && record.status / 100 == 3;
	bool without = record.method == "HEAD" || record.status == 204 || record.status == 304;
	if (without || redirected || record.abandoned())
		return 0;
	bool whole = record.answered() && record.termination.substr(0, 1) == "-" && !record.compressed;
	bool plausible = record.contentLength >= 0 && static_cast<uint64_t>(record.contentLength) <= record.sent;
	return whole && plausible ? record.contentLength : -1;
}

} // namespace

LogFacts factsOf(const LogRecord &record, const LogNames &names)
{
	LogFacts facts = {record, nullptr, {}, record.host, {}, -1, -1, -1, -1};
	auto listener = names.listeners.find(record.listener);
	if (listener != names.listeners.end())
		facts.listener = &listener->second;
	auto pool = names.pools.find(record.pool);
	if (pool != names.pools.end())
		facts.poolName = pool->second;
	if (record.kind != LogRecord::REQUEST)
		return facts;
	splitTarget(record.target, facts.host, facts.path);
	facts.bodySent = bodyOf(record);
	if (!record.answered())
		return facts;
	facts.upstreamStatus = record.status;
	if (record.connectTime >= 0)
		facts.headerTime = record.connectTime + record.headerTime;
	if (facts.headerTime >= 0 && record.dataTime >= 0)
		facts.responseTime = facts.headerTime + record.dataTime;
	return facts;
}

} // namespace sluice
