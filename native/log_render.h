/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as lines that people and their tools read; docs/access-log.md describes every field. */
#ifndef SLUICE_LOG_RENDER_H
#define SLUICE_LOG_RENDER_H

#include "log_names.h"
#include "log_record.h"
#include "log_writer.h"

namespace sluice
{

/* A record and what has to be worked out from it. -1 and empty views: not known, or there was none. */
struct LogFacts {
	const LogRecord &record;
	const ListenerNames *listener; /* null: it is not configured any more */
	std::string_view poolName; /* escaped */
	std::string_view host;
	std::string_view path;
	int64_t bodySent;
	int64_t headerTime; /* ms from the beginning of the connection to the member */
	int64_t responseTime;
	int64_t upstreamStatus;
};

LogFacts factsOf(const LogRecord &record, const LogNames &names);

/* Without the newline. */
void renderJson(LogWriter &writer, const LogFacts &facts);
void renderLine(LogWriter &writer, const LogFacts &facts);

} // namespace sluice

#endif
