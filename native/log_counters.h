/* SPDX-License-Identifier: GPL-2.0-only */
/* What a listener's lines add up to. */
#ifndef SLUICE_LOG_COUNTERS_H
#define SLUICE_LOG_COUNTERS_H

#include <array>
#include <map>
#include <string>

#include "log_record.h"

namespace sluice
{

/* In the order of `LogFigures` in src/datapath/addon.ts. A line that stands for 16 requests adds 16. */
enum LogFigure : size_t {
	REQUESTS,
	STATUS_2XX,
	STATUS_3XX,
	STATUS_4XX,
	STATUS_5XX,
	STATUS_OTHER,
	STATUS_404,
	STATUS_499,
	STATUS_502,
	TIMED, /* answered by a member, and no tunnel: what the two sums of times are about */
	MILLISECONDS,
	MEMBER_MILLISECONDS, /* from the beginning of the connection to the member until it answered */
	FAILED_HANDSHAKES,
	SAMPLED, /* no sum: 1 when the last line was a SAMPLE */
	LOG_FIGURES,
};

using LogFigures = std::array<uint64_t, LOG_FIGURES>;
/* By listener id. */
using LogCounters = std::map<std::string, LogFigures, std::less<>>;

inline void countStatus(LogFigures &figures, int32_t status, uint64_t times)
{
	static const LogFigure CLASSES[] = {STATUS_2XX, STATUS_3XX, STATUS_4XX, STATUS_5XX};
	figures[status >= 200 && status < 600 ? CLASSES[status / 100 - 2] : STATUS_OTHER] += times;
	if (status == 404)
		figures[STATUS_404] += times;
	if (status == 499)
		figures[STATUS_499] += times;
	if (status == 502)
		figures[STATUS_502] += times;
}

inline void countRecord(LogFigures &figures, const LogRecord &record)
{
	constexpr int32_t SWITCHING_PROTOCOLS = 101;
	uint64_t times = record.factor;
	if (record.kind == LogRecord::HANDSHAKE) {
		figures[FAILED_HANDSHAKES] += times;
		return;
	}
	figures[SAMPLED] = record.kind == LogRecord::SAMPLE;
	figures[REQUESTS] += times;
	countStatus(figures, record.status, times);
	if (!record.answered() || record.status == SWITCHING_PROTOCOLS)
		return;
	int64_t connecting = record.connectTime > 0 ? record.connectTime : 0;
	figures[TIMED] += times;
	figures[MILLISECONDS] += times * static_cast<uint64_t>(record.totalTime);
	figures[MEMBER_MILLISECONDS] += times * static_cast<uint64_t>(connecting + record.headerTime);
}

} // namespace sluice

#endif
