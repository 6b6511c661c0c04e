/* SPDX-License-Identifier: GPL-2.0-only */
#include "map_of_maps.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "errors.h"
#include "job.h"

namespace sluice
{

namespace
{

constexpr uint32_t MOST_KEY = 512;
constexpr uint32_t MOST_VALUE = 1u << 20;

/* The kernel waits until every program that may still see the old map has ended: some milliseconds. */
class PlaceMap : public Job
{
      public:
	PlaceMap(Napi::Env env, SharedDescriptor outer, const std::string &name, std::vector<uint8_t> key,
		SharedDescriptor inner)
	    : Job(env), outer_(std::move(outer)), name_(name), key_(std::move(key)), inner_(std::move(inner))
	{
	}

      protected:
	void run() override
	{
		if (inner_) {
			int fd = inner_->get();
			if (bpf_map_update_elem(outer_->get(), key_.data(), &fd, BPF_ANY) != 0)
				throw Failure{errno, "map.putMap", name_};
		} else if (bpf_map_delete_elem(outer_->get(), key_.data()) != 0 && errno != ENOENT) {
			throw Failure{errno, "map.putMap", name_};
		}
	}

	Napi::Value result(Napi::Env env) override
	{
		return env.Undefined();
	}

      private:
	SharedDescriptor outer_;
	std::string name_;
	std::vector<uint8_t> key_;
	SharedDescriptor inner_;
};

} // namespace

Napi::Value createMap(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.create");
	Options options(arguments, 0);
	uint32_t type = options.number("type", 1, UINT16_MAX);
	uint32_t keySize = options.number("keySize", 1, MOST_KEY);
	uint32_t valueSize = options.number("valueSize", 1, MOST_VALUE);
	uint32_t maxEntries = options.number("maxEntries", 1, UINT32_MAX);
	LIBBPF_OPTS(bpf_map_create_opts, settings, .map_flags = options.number("flags", 0, UINT32_MAX, 0));
	Napi::Value name = options.require("name");
	if (!name.IsString())
		throw arguments.misuse("options.name must be a string");
	std::string text = name.As<Napi::String>().Utf8Value();

	Map::Initial initial;
	try {
		initial.fd = Descriptor(bpf_map_create(
			static_cast<bpf_map_type>(type), text.c_str(), keySize, valueSize, maxEntries, &settings));
		if (!initial.fd.valid())
			throw Failure{errno, arguments.operation(), text};
		initial.shape = shapeOf(initial.fd.get(), arguments.operation(), text);
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
	return Map::make(info.Env(), std::move(initial));
}

Napi::Value openMap(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.open");
	uint32_t id = arguments.number(0, "id", 1, UINT32_MAX);
	std::string subject = "with id " + std::to_string(id);

	Map::Initial initial;
	try {
		initial.fd = Descriptor(bpf_map_get_fd_by_id(id));
		if (!initial.fd.valid())
			throw Failure{errno, arguments.operation(), subject};
		initial.shape = shapeOf(initial.fd.get(), arguments.operation(), subject);
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
	return Map::make(info.Env(), std::move(initial));
}

Napi::Value placeMap(const Arguments &arguments, SharedDescriptor outer, const MapShape &shape)
{
	View key = arguments.bytes(0, "key", shape.keySize);
	SharedDescriptor inner;
	if (arguments.given(1))
		inner = Map::from(arguments, "map", arguments.at(1)).descriptor(arguments.env(), arguments.operation());
	return Job::start(new PlaceMap(arguments.env(), std::move(outer), shape.name, key.copy(), std::move(inner)));
}

} // namespace sluice
