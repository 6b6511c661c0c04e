/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_render.h"

namespace sluice
{

namespace
{

/* Fields in their order, each after a space. What is not known is "-". */
class LineFields
{
      public:
	explicit LineFields(LogWriter &writer) : writer_(writer)
	{
	}

	void word(std::string_view escaped)
	{
		writer_.put(' ').put(escaped.empty() ? std::string_view("-") : escaped);
	}

	/* The same, not escaped yet. */
	void text(std::string_view value)
	{
		writer_.put(' ').escaped(value.empty() ? std::string_view("-") : value);
	}

	void quoted(std::string_view escaped)
	{
		writer_.put(" \"").put(escaped.empty() ? std::string_view("-") : escaped).put('"');
	}

	void quotedEncoded(std::string_view value)
	{
		writer_.put(" \"");
		part(value);
		writer_.put('"');
	}

	/* Nothing around it. */
	void part(std::string_view value, char mark = '#')
	{
		if (value.empty())
			writer_.put('-');
		else
			writer_.decoded(value, mark);
	}

	void number(int64_t value)
	{
		writer_.put(' ');
		if (value < 0)
			writer_.put('-');
		else
			writer_.number(value);
	}

	void quotedNumber(int64_t value)
	{
		if (value < 0)
			writer_.put(" \"-\"");
		else
			writer_.put(" \"").number(value).put('"');
	}

	void quotedSeconds(int64_t milliseconds)
	{
		if (milliseconds < 0)
			writer_.put(" \"-\"");
		else
			writer_.put(" \"").seconds(milliseconds).put('"');
	}

      private:
	LogWriter &writer_;
};

void renderRequest(LogWriter &writer, LineFields &fields, const LogFacts &facts)
{
	const LogRecord &record = facts.record;
	if (record.kind != LogRecord::REQUEST) {
		writer.put(" - \"-\"");
		return;
	}
	fields.number(record.status);
	writer.put(" \"");
	fields.part(record.method);
	writer.put(record.tlsVersion.empty() ? " http://" : " https://");
	fields.part(facts.host);
	writer.put(' ');
	fields.part(facts.path);
	writer.put(' ');
	fields.part(record.protocol);
	writer.put('"');
}

void renderMember(LogWriter &writer, LineFields &fields, const LogFacts &facts)
{
	const LogRecord &record = facts.record;
	fields.quotedNumber(facts.upstreamStatus);
	fields.quotedSeconds(record.connectTime);
	fields.quotedSeconds(facts.headerTime);
	fields.quotedSeconds(facts.responseTime);
	writer.put(" \"").endpoint(record.memberAddress, record.memberPort).put('"');
}

} // namespace

void renderLine(LogWriter &writer, const LogFacts &facts)
{
	static const ListenerNames UNKNOWN = {};
	const LogRecord &record = facts.record;
	const ListenerNames &listener = facts.listener ? *facts.listener : UNKNOWN;
	LineFields fields(writer);
	writer.seconds(record.ended);
	fields.word(listener.loadbalancerId);
	writer.put(" [").isoSecond(record.ended / 1000).put("+00:00] sluice_01 ");
	writer.endpoint(record.clientAddress, record.clientPort);
	renderRequest(writer, fields, facts);
	fields.number(static_cast<int64_t>(record.received));
	fields.number(static_cast<int64_t>(record.sent));
	fields.number(facts.bodySent);
	writer.put(' ').seconds(record.totalTime);
	renderMember(writer, fields, facts);
	fields.quotedEncoded(record.userAgent);
	fields.quotedEncoded(record.referer);
	fields.quotedEncoded(record.forwardedFor);
	fields.quoted(listener.loadbalancer);
	fields.quoted(listener.name);
	fields.text(record.listener);
	fields.quoted(facts.poolName);
	writer.put(" \"-\"");
	fields.word(listener.projectId);
	writer.put(' ').endpoint(record.vipAddress, record.vipPort).put(" \"-\" -");
	fields.text(record.tlsVersion);
	fields.text(record.tlsCipher);
	writer.put(' ');
	fields.part(record.serverName, '%');
	fields.number(record.roundTrip);
	writer.put(" -");
}

} // namespace sluice
