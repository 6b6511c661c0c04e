/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe.h"

#include <netinet/in.h>

#include <cstring>
#include <map>

#include "handle.h"
#include "prober.h"

namespace sluice
{

namespace
{

constexpr uint32_t MOST_TIMEOUT = 300 * 1000;
constexpr size_t MOST_WAITING = 65536; /* results on their way to JavaScript */

sockaddr_storage endpoint(
	const Arguments &arguments, const char *name, const std::vector<uint8_t> &address, uint16_t port)
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
		throw arguments.misuse(
			std::string(name) + " must have 4 or 16 bytes, not " + std::to_string(address.size()));
	}
	return storage;
}

} // namespace

/* Promises of the probes under way, and the thread that works on them. Main thread. */
class Probes
{
      public:
	/* Throws Failure. */
	explicit Probes(Napi::Env env)
	{
		outbox_ = Outbox<ProbeResult>::open(env, "sluice probes", MOST_WAITING,
			[this](Napi::Env current, const ProbeResult &result) { settle(current, result); });
		prober_.start(env, outbox_);
	}

	Napi::Promise add(Napi::Env env, ProbeRequest request)
	{
		request.id = ++lastId_;
		auto deferred = Napi::Promise::Deferred::New(env);
		waiting_.emplace(request.id, deferred);
		outbox_->keepAlive(env, true);
		prober_.add(request);
		return deferred.Promise();
	}

      private:
	void settle(Napi::Env env, const ProbeResult &result)
	{
		auto found = waiting_.find(result.id);
		Napi::Promise::Deferred deferred = found->second;
		waiting_.erase(found);
		if (waiting_.empty())
			outbox_->keepAlive(env, false);
		if (result.local)
			return deferred.Reject(toError(env, {result.error, "probe.tcp", ""}).Value());
		Napi::Object answer = Napi::Object::New(env);
		answer.Set("errno", Napi::Number::New(env, result.error));
		answer.Set("microseconds", Napi::Number::New(env, static_cast<double>(result.took.count())));
		deferred.Resolve(answer);
	}

	Prober prober_;
	std::shared_ptr<Outbox<ProbeResult>> outbox_;
	std::map<uint64_t, Napi::Promise::Deferred> waiting_;
	uint64_t lastId_ = 0;
};

Napi::Value probeTcp(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "probe.tcp");
	Options options(arguments, 0);
	auto address = options.bytes("address");
	auto source = options.bytes("source");
	if (!address)
		throw arguments.misuse("address must be a Uint8Array of 4 or 16 bytes");
	uint32_t port = options.number("port", 1, UINT16_MAX);

	ProbeRequest request = {};
	request.address = endpoint(arguments, "address", *address, static_cast<uint16_t>(port));
	request.timeout = std::chrono::milliseconds(options.number("timeoutMs", 1, MOST_TIMEOUT));
	if (source) {
		if (source->size() != address->size())
			throw arguments.misuse("source must be of the same family as address");
		request.source = endpoint(arguments, "source", *source, 0);
	}

	std::shared_ptr<Probes> &probes = info.Env().GetInstanceData<Instance>()->probes;
	try {
		if (!probes)
			probes = std::make_shared<Probes>(info.Env());
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
	return probes->add(info.Env(), request);
}

} // namespace sluice
