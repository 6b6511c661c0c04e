/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe.h"

#include <netinet/in.h>

#include <cstring>

#include "probe_thread.h"

namespace sluice
{

namespace
{

constexpr uint32_t MOST_TIMEOUT = 24 * 60 * 60 * 1000;
constexpr size_t MOST_WAITING = 65536; /* news on their way to JavaScript */

ProbeKind kindOf(const Arguments &arguments, const Options &options)
{
	Napi::Value value = options.require("kind");
	std::string kind = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
	if (kind == "connect")
		return ProbeKind::CONNECT;
	if (kind == "stream")
		return ProbeKind::STREAM;
	if (kind == "datagram")
		return ProbeKind::DATAGRAM;
	if (kind == "echo")
		return ProbeKind::ECHO;
	throw arguments.misuse("kind must be connect, stream, datagram or echo");
}

sockaddr_storage endpoint(const Arguments &arguments, const std::vector<uint8_t> &address, uint16_t port)
{
	sockaddr_storage storage = {};
	if (address.size() == 4) {
		auto *ipv4 = reinterpret_cast<sockaddr_in *>(&storage);
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(port);
		memcpy(&ipv4->sin_addr, address.data(), 4);
	} else if (address.size() == 16) {
		auto *ipv6 = reinterpret_cast<sockaddr_in6 *>(&storage);
		ipv6->sin6_family = AF_INET6;
		ipv6->sin6_port = htons(port);
		memcpy(&ipv6->sin6_addr, address.data(), 16);
	} else {
		throw arguments.misuse("address must have 4 or 16 bytes, not " + std::to_string(address.size()));
	}
	return storage;
}

ProbeRequest requestOf(const Arguments &arguments)
{
	Options options(arguments, 0);
	ProbeRequest request = {};
	request.kind = kindOf(arguments, options);
	auto address = options.bytes("address");
	if (!address)
		throw arguments.misuse("address must be a Uint8Array of 4 or 16 bytes");
	bool echo = request.kind == ProbeKind::ECHO;
	uint32_t port = echo ? 0 : options.number("port", 1, UINT16_MAX);
	request.address = endpoint(arguments, *address, static_cast<uint16_t>(port));
	request.timeout = std::chrono::milliseconds(options.number("timeoutMs", 1, MOST_TIMEOUT));
	request.resend = std::chrono::milliseconds(options.number("resendMs", 1, MOST_TIMEOUT, 0));
	request.send = options.bytes("send").value_or(Bytes());
	return request;
}

Napi::Object toIcmp(Napi::Env env, const IcmpError &icmp)
{
	Napi::Object object = Napi::Object::New(env);
	object.Set("type", Napi::Number::New(env, icmp.type));
	object.Set("code", Napi::Number::New(env, icmp.code));
	object.Set("fromTarget", Napi::Boolean::New(env, icmp.fromTarget));
	return object;
}

Napi::Object toNews(Napi::Env env, const ProbeNews &news)
{
	const Finding &finding = news.finding;
	Napi::Object object = Napi::Object::New(env);
	object.Set("microseconds", Napi::Number::New(env, static_cast<double>(news.took.count())));
	if (finding.kind == Finding::DATA) {
		auto bytes = Napi::Uint8Array::New(env, finding.bytes.size());
		std::copy(finding.bytes.begin(), finding.bytes.end(), bytes.Data());
		object.Set("bytes", bytes);
		return object;
	}
	object.Set("errno", Napi::Number::New(env, finding.error));
	if (finding.local)
		object.Set("local", Napi::Boolean::New(env, true));
	if (finding.connected)
		object.Set("connected", Napi::Boolean::New(env, true));
	if (finding.icmp)
		object.Set("icmp", toIcmp(env, *finding.icmp));
	return object;
}

} // namespace

void Prober::define(Napi::Env env)
{
	Handle<Prober>::define(env, {
					    InstanceMethod<&Prober::begin>("begin"),
					    InstanceMethod<&Prober::resume>("resume"),
					    InstanceMethod<&Prober::end>("end"),
					    InstanceMethod<&Prober::close>("close"),
				    });
}

Napi::Value Prober::open(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "prober.open");
	Napi::Function onNews = arguments.function(0, "onNews");
	try {
		return make(info.Env(), Initial{onNews});
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
}

void Prober::initialize(Initial &initial)
{
	Napi::Env env = initial.onNews.Env();
	onNews_ = Napi::Persistent(initial.onNews);
	thread_ = std::make_shared<ProbeThread>();
	outbox_ = Outbox<ProbeNews>::open(env, "sluice prober", MOST_WAITING,
		[this](Napi::Env current, const ProbeNews &news) { deliver(current, news); });
	thread_->start(env, outbox_);
	Ref(); /* it goes on although nobody holds the handle */
}

Napi::Value Prober::begin(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "prober.begin");
	ProbeRequest request = requestOf(arguments);
	if (!thread_)
		throw arguments.misuse("the prober is closed");
	do
		request.id = ++lastId_;
	while (request.id == 0 || open_.count(request.id) > 0);
	open_.insert(lastId_);
	thread_->begin(std::move(request));
	return Napi::Number::New(info.Env(), lastId_);
}

Napi::Value Prober::resume(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "prober.resume");
	uint32_t id = arguments.number(0, "id", 1, UINT32_MAX);
	if (thread_ && open_.count(id) > 0)
		thread_->resume(id);
	return info.Env().Undefined();
}

Napi::Value Prober::end(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "prober.end");
	uint32_t id = arguments.number(0, "id", 1, UINT32_MAX);
	if (thread_ && open_.count(id) > 0) {
		open_.erase(id);
		thread_->end(id);
	}
	return info.Env().Undefined();
}

Napi::Value Prober::close(const Napi::CallbackInfo &info)
{
	if (thread_) {
		thread_->stop();
		thread_->forget();
		thread_.reset();
		open_.clear();
		outbox_->release();
		Unref();
	}
	return info.Env().Undefined();
}

void Prober::deliver(Napi::Env env, const ProbeNews &news)
{
	if (open_.count(news.id) == 0)
		return;
	if (news.finding.kind == Finding::END)
		open_.erase(news.id);
	onNews_.Call({Napi::Number::New(env, static_cast<double>(news.id)), toNews(env, news)});
}

} // namespace sluice
