/* SPDX-License-Identifier: GPL-2.0-only */
#include "object.h"

#include <bpf/btf.h>

#include <algorithm>
#include <cerrno>

#include "errors.h"
#include "job.h"
#include "log.h"
#include "map.h"
#include "program.h"

namespace sluice
{

/* Verifying a large program takes a second or more: it must not hold up the main thread. */
class LoadObject : public Job
{
      public:
	explicit LoadObject(Napi::Env env, Object &owner)
	    : Job(env), object_(owner.object_), path_(owner.path_), owner_(owner)
	{
		owner_.state_ = Object::State::LOADING;
		owner_.Ref(); /* the handle must outlive the job that reports to it */
	}

      protected:
	void run() override
	{
		LogCapture log;
		int status = bpf_object__load(object_.get());
		if (status != 0)
			throw Failure{-status, "object.load", path_, log.reason(), log.tail()};
	}

	Napi::Value result(Napi::Env env) override
	{
		owner_.state_ = Object::State::LOADED;
		owner_.Unref();
		return env.Undefined();
	}

	void failed() override
	{
		owner_.state_ = Object::State::FAILED;
		owner_.Unref();
	}

      private:
	SharedObject object_;
	std::string path_;
	Object &owner_; /* main thread only */
};

void Object::define(Napi::Env env)
{
	Handle<Object>::define(env, {
					    InstanceMethod<&Object::programs>("programs"),
					    InstanceMethod<&Object::maps>("maps"),
					    InstanceMethod<&Object::setMaxEntries>("setMaxEntries"),
					    InstanceMethod<&Object::setPinPath>("setPinPath"),
					    InstanceMethod<&Object::setAutoload>("setAutoload"),
					    InstanceMethod<&Object::load>("load"),
					    InstanceMethod<&Object::map>("map"),
					    InstanceMethod<&Object::program>("program"),
					    InstanceMethod<&Object::btf>("btf"),
					    InstanceMethod<&Object::close>("close"),
				    });
}

Napi::Value Object::open(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.open");
	std::string path = arguments.text(0, "path");
	std::string name = arguments.given(1) ? arguments.text(1, "name") : "";

	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name.empty() ? nullptr : name.c_str());
	LogCapture log;
	bpf_object *object = bpf_object__open_file(path.c_str(), &options);
	if (!object)
		throw toError(info.Env(), {errno, arguments.operation(), path, log.reason(), log.tail()});
	return make(info.Env(), Initial{SharedObject(object, CloseObject()), path});
}

void Object::initialize(Initial &initial)
{
	object_ = std::move(initial.object);
	path_ = std::move(initial.path);
}

void Object::refuse(const Arguments &arguments, int error, const char *reason) const
{
	throw toError(arguments.env(), {error, arguments.operation(), path_, reason});
}

void Object::requireReadable(const Arguments &arguments) const
{
	if (state_ == State::CLOSED)
		refuse(arguments, EBADF, "this object was closed");
	if (state_ == State::LOADING)
		refuse(arguments, EBUSY, "this object is being loaded");
}

void Object::requireOpen(const Arguments &arguments) const
{
	requireReadable(arguments);
	if (state_ == State::LOADED)
		refuse(arguments, EALREADY, "this object was loaded already");
	if (state_ == State::FAILED)
		refuse(arguments, ENOTRECOVERABLE, "loading failed; open the object again");
}

void Object::requireLoaded(const Arguments &arguments) const
{
	requireReadable(arguments);
	if (state_ != State::LOADED)
		refuse(arguments, ENODATA, "this object was not loaded");
}

bpf_map *Object::findMap(const Arguments &arguments) const
{
	std::string name = arguments.text(0, "map");
	bpf_map *map = bpf_object__find_map_by_name(object_.get(), name.c_str());
	if (!map)
		throw toError(arguments.env(), {ENOENT, arguments.operation(), path_, "has no map '" + name + "'"});
	return map;
}

bpf_program *Object::findProgram(const Arguments &arguments) const
{
	std::string name = arguments.text(0, "program");
	bpf_program *program = bpf_object__find_program_by_name(object_.get(), name.c_str());
	if (!program)
		throw toError(arguments.env(), {ENOENT, arguments.operation(), path_, "has no program '" + name + "'"});
	return program;
}

Napi::Value Object::programs(const Napi::CallbackInfo &info)
{
	requireReadable(Arguments(info, "object.programs"));
	Napi::Array names = Napi::Array::New(info.Env());
	bpf_program *program;
	bpf_object__for_each_program(program, object_.get()) names.Set(names.Length(), bpf_program__name(program));
	return names;
}

Napi::Value Object::maps(const Napi::CallbackInfo &info)
{
	requireReadable(Arguments(info, "object.maps"));
	Napi::Array names = Napi::Array::New(info.Env());
	bpf_map *map;
	bpf_object__for_each_map(map, object_.get()) names.Set(names.Length(), bpf_map__name(map));
	return names;
}

Napi::Value Object::setMaxEntries(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.setMaxEntries");
	requireOpen(arguments);
	bpf_map *map = findMap(arguments);
	int status = bpf_map__set_max_entries(map, arguments.number(1, "entries", 1, UINT32_MAX));
	if (status != 0)
		throw toError(info.Env(), {-status, arguments.operation(), bpf_map__name(map)});
	return info.Env().Undefined();
}

Napi::Value Object::setPinPath(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.setPinPath");
	requireOpen(arguments);
	bpf_map *map = findMap(arguments);
	int status = bpf_map__set_pin_path(map, arguments.text(1, "path").c_str());
	if (status != 0)
		throw toError(info.Env(), {-status, arguments.operation(), bpf_map__name(map)});
	return info.Env().Undefined();
}

Napi::Value Object::setAutoload(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.setAutoload");
	requireOpen(arguments);
	bpf_program *program = findProgram(arguments);
	int status = bpf_program__set_autoload(program, arguments.boolean(1, "on"));
	if (status != 0)
		throw toError(info.Env(), {-status, arguments.operation(), bpf_program__name(program)});
	return info.Env().Undefined();
}

Napi::Value Object::load(const Napi::CallbackInfo &info)
{
	requireOpen(Arguments(info, "object.load"));
	return Job::start(new LoadObject(info.Env(), *this));
}

/* The handle has a descriptor of its own: it stays good after the object was closed. */
Napi::Value Object::map(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.map");
	requireLoaded(arguments);
	bpf_map *map = findMap(arguments);
	Map::Initial initial;
	try {
		initial.fd = Descriptor::duplicate(bpf_map__fd(map));
		if (!initial.fd.valid())
			throw Failure{errno, arguments.operation(), bpf_map__name(map)};
		initial.shape = shapeOf(initial.fd.get(), arguments.operation(), bpf_map__name(map));
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
	initial.shape.name = bpf_map__name(map); /* the kernel's copy ends after 15 characters */
	return Map::make(info.Env(), std::move(initial));
}

Napi::Value Object::program(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.program");
	requireLoaded(arguments);
	bpf_program *program = findProgram(arguments);
	if (!bpf_program__autoload(program))
		throw toError(info.Env(), {ENODATA, arguments.operation(), bpf_program__name(program),
						  "autoload was switched off for it"});
	Program::Initial initial;
	initial.name = bpf_program__name(program);
	initial.attachType = bpf_program__expected_attach_type(program);
	initial.fd = Descriptor::duplicate(bpf_program__fd(program));
	if (!initial.fd.valid())
		throw toError(info.Env(), {errno, arguments.operation(), initial.name});
	return Program::make(info.Env(), std::move(initial));
}

Napi::Value Object::btf(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.btf");
	requireReadable(arguments);
	uint32_t size = 0;
	const struct btf *types = bpf_object__btf(object_.get());
	const void *raw = types ? btf__raw_data(types, &size) : nullptr;
	if (!raw)
		refuse(arguments, ENODATA, "has no BTF: compile it with -g");
	auto bytes = Napi::Uint8Array::New(info.Env(), size);
	std::copy_n(static_cast<const uint8_t *>(raw), size, bytes.Data());
	return bytes;
}

Napi::Value Object::close(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "object.close");
	if (state_ == State::LOADING)
		refuse(arguments, EBUSY, "this object is being loaded");
	object_.reset();
	state_ = State::CLOSED;
	return info.Env().Undefined();
}

} // namespace sluice
