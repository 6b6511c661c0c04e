/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_record.h"

#include <charconv>

namespace sluice
{

namespace
{

constexpr int32_t CLIENT_CLOSED = 499;
constexpr size_t UUID_LENGTH = 36;
/* Times and counts that a sum of many must not overflow: 30 years in ms. */
constexpr int64_t MOST_TIME = 1000000000000;

/* Takes field after field off the front of a line; the first one that is missing or wrong makes all of it bad. */
class Fields
{
      public:
	explicit Fields(std::string_view line) : rest_(line)
	{
	}

	bool good() const
	{
		return good_;
	}

	std::string_view text()
	{
		if (atEnd_)
			good_ = false;
		size_t end = rest_.find('\t');
		std::string_view field = rest_.substr(0, end);
		atEnd_ = end == std::string_view::npos;
		rest_.remove_prefix(atEnd_ ? rest_.size() : end + 1);
		return field;
	}

	/* "-" is HAProxy's word for nothing. */
	std::string_view textOrNothing()
	{
		std::string_view field = text();
		return field == "-" ? std::string_view() : field;
	}

	int64_t number(int64_t least, int64_t most)
	{
		return check(text(), least, most);
	}

	/* Retries that went to another member have a plus before them. */
	int64_t count(int64_t most)
	{
		std::string_view field = text();
		return check(field.substr(!field.empty() && field[0] == '+'), 0, most);
	}

	int64_t numberOrNothing(int64_t otherwise, int64_t most)
	{
		std::string_view field = textOrNothing();
		return field.empty() ? otherwise : check(field, 0, most);
	}

	int64_t time()
	{
		return number(-1, MOST_TIME);
	}

	std::string_view rest() const
	{
		return rest_;
	}

      private:
	int64_t check(std::string_view field, int64_t least, int64_t most)
	{
		int64_t value = 0;
		auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
		if (error != std::errc() || end != field.data() + field.size() || value < least || value > most)
			good_ = false;
		return value;
	}

	std::string_view rest_;
	bool atEnd_ = false;
	bool good_ = true;
};

/* "p_ID" and "p_ID_10000_60000" are backends of a pool; the frontend itself stands there when none was asked. */
std::string_view poolOf(std::string_view backend)
{
	if (backend.size() < 2 + UUID_LENGTH || backend.substr(0, 2) != "p_")
		return {};
	return backend.substr(2, UUID_LENGTH);
}

/* Servers are called "address:port"; "<NOSRV>": no member was chosen. */
void setMember(std::string_view server, LogRecord &record)
{
	size_t colon = server.rfind(':');
	if (colon == std::string_view::npos)
		return;
	record.memberAddress = server.substr(0, colon);
	record.memberPort = server.substr(colon + 1);
}

/*
 * Aborts look different by phase and by how the connection ended: 400 with CH, -1 with CD or CC. What they share is that
 * the client ended it (C) after its request and before there was an answer. A request whose head never became complete is
 * the client's mistake, 400, as with nginx.
 */
void setStatus(int64_t status, LogRecord &record)
{
	bool clientEnded = !record.termination.empty() && record.termination[0] == 'C';
	if (clientEnded && record.requestTime >= 0 && record.headerTime < 0)
		record.status = CLIENT_CLOSED;
	else
		record.status = status < 0 ? 0 : static_cast<int32_t>(status);
}

/* "METHOD target HTTP/1.1"; "<BADREQ>" where HAProxy could not make sense of it; cut after `tune.http.logurilen`. */
void setRequest(std::string_view line, LogRecord &record)
{
	size_t space = line.find(' ');
	if (space == std::string_view::npos)
		return;
	record.method = line.substr(0, space);
	std::string_view target = line.substr(space + 1);
	size_t last = target.rfind(' ');
	if (last != std::string_view::npos && target.substr(last + 1, 5) == "HTTP/") {
		record.protocol = target.substr(last + 1);
		target = target.substr(0, last);
	}
	record.target = target;
}

/* "{host|user agent|referer|forwarded for}", each part may be empty, the end may be cut. */
void setHeaders(std::string_view captured, LogRecord &record)
{
	if (captured.empty() || captured[0] != '{')
		return;
	captured = captured.substr(1, captured.find('}') - 1);
	std::string_view *parts[] = {&record.host, &record.userAgent, &record.referer, &record.forwardedFor};
	for (std::string_view *part : parts) {
		size_t bar = captured.find('|');
		*part = captured.substr(0, bar);
		if (bar == std::string_view::npos)
			return;
		captured.remove_prefix(bar + 1);
	}
}

int64_t contentLengthOf(std::string_view captured)
{
	if (captured.size() < 3)
		return -1;
	std::string_view digits = captured.substr(1, captured.find_first_of("|}") - 1);
	int64_t value = -1;
	auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
	return error == std::errc() && end == digits.data() + digits.size() && value >= 0 ? value : -1;
}

void readOutcome(Fields &fields, LogRecord &record)
{
	int64_t status = fields.number(-1, 999);
	record.termination = fields.text();
	record.requestTime = fields.time();
	record.headerTime = fields.time();
	record.totalTime = fields.time();
	if (record.totalTime < 0)
		record.totalTime = 0;
	setStatus(status, record);
}

void readTransfer(Fields &fields, LogRecord &record)
{
	record.ended = fields.number(0, INT64_MAX);
	record.connectTime = fields.time();
	record.dataTime = fields.time();
	record.retries = static_cast<int32_t>(fields.count(INT32_MAX));
	record.received = static_cast<uint64_t>(fields.number(0, INT64_MAX));
	record.sent = static_cast<uint64_t>(fields.number(0, INT64_MAX));
	record.clientAddress = fields.textOrNothing();
	record.clientPort = static_cast<uint32_t>(fields.numberOrNothing(0, UINT16_MAX));
	record.vipAddress = fields.textOrNothing();
	record.vipPort = static_cast<uint32_t>(fields.numberOrNothing(0, UINT16_MAX));
	record.pool = poolOf(fields.text());
	setMember(fields.text(), record);
	record.roundTrip = fields.numberOrNothing(-1, INT64_MAX);
	record.tlsVersion = fields.textOrNothing();
	record.tlsCipher = fields.textOrNothing();
	record.serverName = fields.textOrNothing();
}

void readRequest(Fields &fields, LogRecord &record)
{
	record.compressed = fields.text() == "1";
	record.contentLength = contentLengthOf(fields.text());
	setRequest(fields.text(), record);
	setHeaders(fields.rest(), record);
}

bool kindOf(char letter, LogRecord::Kind &kind)
{
	switch (letter) {
	case 'H':
		kind = LogRecord::REQUEST;
		return true;
	case 'T':
		kind = LogRecord::CONNECTION;
		return true;
	case 'S':
		kind = LogRecord::SAMPLE;
		return true;
	case 'E':
		kind = LogRecord::HANDSHAKE;
		return true;
	default:
		return false;
	}
}

} // namespace

LogLine readLogLine(std::string_view line, LogRecord &record)
{
	record = {};
	if (line.size() < 2 || line[1] != '\t' || !kindOf(line[0], record.kind))
		return LogLine::NOTICE;
	Fields fields(line.substr(2));
	record.listener = fields.text();
	record.factor = static_cast<uint32_t>(fields.number(1, UINT16_MAX));
	if (record.kind != LogRecord::HANDSHAKE)
		readOutcome(fields, record);
	/* Samples are drawn by a rule, which requests that never became complete do not get to: HAProxy tells of them all. */
	if (record.kind == LogRecord::SAMPLE && record.requestTime < 0)
		record.factor = 1;
	if (record.kind == LogRecord::REQUEST || record.kind == LogRecord::CONNECTION)
		readTransfer(fields, record);
	if (record.kind == LogRecord::REQUEST)
		readRequest(fields, record);
	return fields.good() ? LogLine::RECORD : LogLine::UNREADABLE;
}

} // namespace sluice
