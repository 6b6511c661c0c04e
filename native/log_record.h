/* SPDX-License-Identifier: GPL-2.0-only */
/* One line that HAProxy wrote: its fields as numbers and views. src/accesslog/lines.ts writes the formats that are read here. */
#ifndef SLUICE_LOG_RECORD_H
#define SLUICE_LOG_RECORD_H

#include <cstdint>
#include <string_view>

namespace sluice
{

/* Views point into the line. Times are ms, -1: the request never came that far. An empty view: HAProxy had nothing to say. */
struct LogRecord {
	/*
	 * REQUEST: everything about a request. CONNECTION: everything about a connection of a TCP frontend. SAMPLE: only
	 * what is counted. HANDSHAKE: a TLS handshake that failed.
	 */
	enum Kind { REQUEST, CONNECTION, SAMPLE, HANDSHAKE } kind;
	std::string_view listener; /* id */
	uint32_t factor; /* how many requests this line stands for */

	int32_t status; /* as the client was told; 499: it was gone before there was anything to tell; 0: nothing was sent */
	std::string_view termination;
	int64_t requestTime; /* until the head of the request was complete */
	int64_t headerTime; /* from there on, without connecting, until the head of the member's answer was complete */
	int64_t totalTime; /* from the first byte of the request to the last of the answer */

	int64_t ended; /* ms since 1970 */
	int64_t connectTime;
	int64_t dataTime;
	int32_t retries;
	uint64_t received; /* bytes, see docs/access-log.md for what is counted */
	uint64_t sent;
	std::string_view clientAddress;
	uint32_t clientPort;
	std::string_view vipAddress;
	uint32_t vipPort;
	std::string_view pool; /* id */
	std::string_view memberAddress;
	std::string_view memberPort;
	int64_t roundTrip; /* us; -1: the connection was gone */
	std::string_view tlsVersion;
	std::string_view tlsCipher;
	std::string_view serverName; /* percent-encoded */

	/* REQUEST only. Bytes that do not print stand as #XX. */
	bool compressed;
	int64_t contentLength; /* of the member's answer; -1: it had none */
	std::string_view method;
	std::string_view target;
	std::string_view protocol; /* empty when the line was longer than HAProxy keeps */
	std::string_view host;
	std::string_view userAgent;
	std::string_view referer;
	std::string_view forwardedFor;

	/* The client went away before the head of an answer could be sent. */
	bool abandoned() const
	{
		return status == 499;
	}
	/* A member answered. */
	bool answered() const
	{
		return kind == REQUEST || kind == SAMPLE ? headerTime >= 0 : false;
	}
};

enum class LogLine {
	RECORD,
	NOTICE, /* HAProxy tells something else than what it was asked for: that it stops, for example */
	UNREADABLE, /* the rest of a line, or one that was cut where it must not be */
};

/* Reads a line without its newline. The record is set only with RECORD. */
LogLine readLogLine(std::string_view line, LogRecord &record);

} // namespace sluice

#endif
