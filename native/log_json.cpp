/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_render.h"

namespace sluice
{

namespace
{

/* Fields of an object; `key` is written as it is: `,"status":`. What is not known is null. */
class JsonFields
{
      public:
	explicit JsonFields(LogWriter &writer) : writer_(writer)
	{
	}

	void text(const char *key, std::string_view value)
	{
		if (open(key, value.empty()))
			writer_.put('"').escaped(value).put('"');
	}

	void encoded(const char *key, std::string_view value, char mark = '#')
	{
		if (open(key, value.empty()))
			writer_.put('"').decoded(value, mark).put('"');
	}

	void name(const char *key, std::string_view escaped)
	{
		if (open(key, escaped.empty()))
			writer_.put('"').put(escaped).put('"');
	}

	void number(const char *key, int64_t value)
	{
		if (open(key, value < 0))
			writer_.number(value);
	}

	void seconds(const char *key, int64_t milliseconds)
	{
		if (open(key, milliseconds < 0))
			writer_.seconds(milliseconds);
	}

	void endpoint(const char *key, std::string_view address, std::string_view port)
	{
		if (open(key, address.empty()))
			writer_.put('"').endpoint(address, port).put('"');
	}

      private:
	bool open(const char *key, bool unknown)
	{
		writer_.put(key);
		if (unknown)
			writer_.put("null");
		return !unknown;
	}

	LogWriter &writer_;
};

void renderTime(LogWriter &writer, int64_t ended)
{
	auto digit = [&](int64_t unit) { return static_cast<char>('0' + ended / unit % 10); };
	writer.put(",\"msec\":").seconds(ended).put(",\"time_iso8601\":\"").isoSecond(ended / 1000);
	writer.put('.').put(digit(100)).put(digit(10)).put(digit(1)).put("+00:00\"");
}

void renderRequest(LogWriter &writer, JsonFields &fields, const LogFacts &facts)
{
	const LogRecord &record = facts.record;
	fields.number(",\"status\":", record.status);
	fields.encoded(",\"request_method\":", record.method);
	writer.put(record.tlsVersion.empty() ? ",\"scheme\":\"http\"" : ",\"scheme\":\"https\"");
	fields.encoded(",\"host\":", facts.host);
	fields.encoded(",\"request_uri\":", facts.path);
	fields.encoded(",\"server_protocol\":", record.protocol);
	fields.encoded(",\"http_user_agent\":", record.userAgent);
	fields.encoded(",\"http_referer\":", record.referer);
	fields.encoded(",\"http_x_forwarded_for\":", record.forwardedFor);
	fields.number(",\"body_bytes_sent\":", facts.bodySent);
	fields.number(",\"upstream_status\":", facts.upstreamStatus);
	fields.seconds(",\"upstream_header_time\":", facts.headerTime);
	fields.seconds(",\"upstream_response_time\":", facts.responseTime);
}

void renderNames(JsonFields &fields, const LogFacts &facts)
{
	static const ListenerNames UNKNOWN = {};
	const ListenerNames &listener = facts.listener ? *facts.listener : UNKNOWN;
	fields.name(",\"loadbalancer_name\":", listener.loadbalancer);
	fields.name(",\"loadbalancer_id\":", listener.loadbalancerId);
	fields.name(",\"listener_name\":", listener.name);
	fields.text(",\"listener_id\":", facts.record.listener);
	fields.name(",\"pool_name\":", facts.poolName);
	fields.text(",\"pool_id\":", facts.record.pool);
	fields.name(",\"project_id\":", listener.projectId);
}

} // namespace

void renderJson(LogWriter &writer, const LogFacts &facts)
{
	const LogRecord &record = facts.record;
	bool request = record.kind == LogRecord::REQUEST;
	JsonFields fields(writer);
	writer.put(request ? "{\"type\":\"request\"" : "{\"type\":\"connection\"");
	renderTime(writer, record.ended);
	fields.text(",\"remote_addr\":", record.clientAddress);
	fields.number(",\"remote_port\":", record.clientPort);
	if (request)
		renderRequest(writer, fields, facts);
	fields.number(",\"request_length\":", static_cast<int64_t>(record.received));
	fields.number(",\"bytes_sent\":", static_cast<int64_t>(record.sent));
	fields.seconds(",\"request_time\":", record.totalTime);
	fields.seconds(",\"upstream_connect_time\":", record.connectTime);
	fields.endpoint(",\"upstream_addr\":", record.memberAddress, record.memberPort);
	fields.number(",\"upstream_retries\":", record.retries);
	renderNames(fields, facts);
	fields.text(",\"vip_address\":", record.vipAddress);
	fields.number(",\"vip_port\":", record.vipPort);
	fields.text(",\"ssl_protocol\":", record.tlsVersion);
	fields.text(",\"ssl_cipher\":", record.tlsCipher);
	fields.encoded(",\"ssl_server_name\":", record.serverName, '%');
	fields.number(",\"tcpinfo_rtt\":", record.roundTrip);
	fields.text(",\"termination_state\":", record.termination);
	writer.put('}');
}

} // namespace sluice
