/* SPDX-License-Identifier: GPL-2.0-only */
/* Single elements, memory mapping and pinning of maps. Main thread: each call is one short system call. */
#include "map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <cerrno>

#include "errors.h"
#include "map_batch.h"
#include "map_of_maps.h"
#include "pinned.h"

namespace sluice
{

namespace
{

constexpr uint32_t roundUp8(uint32_t size)
{
	return (size + 7) & ~7u;
}

bool isPerCpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

uint64_t modeOf(const Arguments &arguments)
{
	if (!arguments.given(2))
		return BPF_ANY;
	std::string mode = arguments.text(2, "mode");
	if (mode == "any")
		return BPF_ANY;
	if (mode == "create")
		return BPF_NOEXIST;
	if (mode == "replace")
		return BPF_EXIST;
	throw arguments.misuse("mode must be 'any', 'create' or 'replace', not '" + mode + "'");
}

} // namespace

/* Memory shared with the kernel; unmapped when the array buffer over it has gone. */
class Mapping
{
      public:
	Mapping(void *address, size_t length) : address_(address), length_(length)
	{
	}
	Mapping(const Mapping &) = delete;
	Mapping &operator=(const Mapping &) = delete;
	~Mapping()
	{
		munmap(address_, length_);
	}

      private:
	void *address_;
	size_t length_;
};

MapShape shapeOf(int fd, const std::string &operation, const std::string &subject)
{
	bpf_map_info info = {};
	uint32_t length = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
		throw Failure{errno, operation, subject};

	MapShape shape;
	shape.name = info.name;
	shape.type = info.type;
	shape.id = info.id;
	shape.flags = info.map_flags;
	shape.keySize = info.key_size;
	shape.elementSize = info.value_size;
	shape.maxEntries = info.max_entries;
	shape.valueSize = info.value_size;
	if (isPerCpu(info.type))
		shape.valueSize = roundUp8(info.value_size) * static_cast<uint32_t>(libbpf_num_possible_cpus());
	return shape;
}

void Map::define(Napi::Env env)
{
	Handle<Map>::define(env, {
					 InstanceAccessor<&Map::name>("name"),
					 InstanceAccessor<&Map::type>("type"),
					 InstanceAccessor<&Map::keySize>("keySize"),
					 InstanceAccessor<&Map::valueSize>("valueSize"),
					 InstanceAccessor<&Map::maxEntries>("maxEntries"),
					 InstanceAccessor<&Map::id>("id"),
					 InstanceAccessor<&Map::flags>("flags"),
					 InstanceMethod<&Map::get>("get"),
					 InstanceMethod<&Map::put>("put"),
					 InstanceMethod<&Map::remove>("delete"),
					 InstanceMethod<&Map::getBatch>("getBatch"),
					 InstanceMethod<&Map::putBatch>("putBatch"),
					 InstanceMethod<&Map::deleteBatch>("deleteBatch"),
					 InstanceMethod<&Map::putMap>("putMap"),
					 InstanceMethod<&Map::mmap>("mmap"),
					 InstanceMethod<&Map::pin>("pin"),
					 InstanceMethod<&Map::unpin>("unpin"),
					 InstanceMethod<&Map::close>("close"),
				 });
}

Napi::Value Map::openPinned(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.open");
	std::string path = arguments.text(0, "path");
	try {
		Descriptor fd = sluice::openPinned(path, "map", arguments.operation());
		MapShape shape = shapeOf(fd.get(), arguments.operation(), path);
		return make(info.Env(), Initial{std::move(fd), std::move(shape)});
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
}

void Map::initialize(Initial &initial)
{
	fd_ = std::make_shared<Descriptor>(std::move(initial.fd));
	shape_ = std::move(initial.shape);
}

SharedDescriptor Map::descriptor(Napi::Env env, const char *operation) const
{
	if (!fd_)
		throw toError(env, {EBADF, operation, shape_.name, "this map was closed"});
	return fd_;
}

Napi::Value Map::name(const Napi::CallbackInfo &info)
{
	return Napi::String::New(info.Env(), shape_.name);
}

Napi::Value Map::type(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), shape_.type);
}

Napi::Value Map::keySize(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), shape_.keySize);
}

Napi::Value Map::valueSize(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), shape_.valueSize);
}

Napi::Value Map::maxEntries(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), shape_.maxEntries);
}

Napi::Value Map::id(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), shape_.id);
}

Napi::Value Map::flags(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), shape_.flags);
}

Napi::Value Map::get(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.get");
	SharedDescriptor fd = descriptor(info.Env(), arguments.operation());
	View key = arguments.bytes(0, "key", shape_.keySize);

	auto value = Napi::Uint8Array::New(info.Env(), shape_.valueSize);
	if (bpf_map_lookup_elem(fd->get(), key.data, value.Data()) == 0)
		return value;
	if (errno == ENOENT)
		return info.Env().Undefined();
	throw toError(info.Env(), {errno, arguments.operation(), shape_.name});
}

Napi::Value Map::put(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.put");
	SharedDescriptor fd = descriptor(info.Env(), arguments.operation());
	View key = arguments.bytes(0, "key", shape_.keySize);
	View value = arguments.bytes(1, "value", shape_.valueSize);
	uint64_t mode = modeOf(arguments);

	if (bpf_map_update_elem(fd->get(), key.data, value.data, mode) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), shape_.name});
	return info.Env().Undefined();
}

Napi::Value Map::remove(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.delete");
	SharedDescriptor fd = descriptor(info.Env(), arguments.operation());
	View key = arguments.bytes(0, "key", shape_.keySize);

	if (bpf_map_delete_elem(fd->get(), key.data) == 0)
		return Napi::Boolean::New(info.Env(), true);
	if (errno == ENOENT)
		return Napi::Boolean::New(info.Env(), false);
	throw toError(info.Env(), {errno, arguments.operation(), shape_.name});
}

Napi::Value Map::getBatch(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.getBatch");
	return readBatch(arguments, descriptor(info.Env(), arguments.operation()), shape_);
}

Napi::Value Map::putBatch(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.putBatch");
	return writeBatch(arguments, descriptor(info.Env(), arguments.operation()), shape_);
}

Napi::Value Map::deleteBatch(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.deleteBatch");
	return removeBatch(arguments, descriptor(info.Env(), arguments.operation()), shape_);
}

Napi::Value Map::putMap(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.putMap");
	return placeMap(arguments, descriptor(info.Env(), arguments.operation()), shape_);
}

Napi::Value Map::mmap(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.mmap");
	SharedDescriptor fd = descriptor(info.Env(), arguments.operation());
	if (!mapped_.IsEmpty() && !mapped_.Value().IsEmpty())
		return mapped_.Value();
	if (shape_.type != BPF_MAP_TYPE_ARRAY || !(shape_.flags & BPF_F_MMAPABLE))
		throw toError(info.Env(),
			{EINVAL, arguments.operation(), shape_.name, "only arrays with BPF_F_MMAPABLE can be mapped"});

	size_t length = static_cast<size_t>(roundUp8(shape_.elementSize)) * shape_.maxEntries;
	void *address = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd->get(), 0);
	if (address == MAP_FAILED)
		throw toError(info.Env(), {errno, arguments.operation(), shape_.name});
	auto release = [](Napi::Env, void *, Mapping *mapping) { delete mapping; };
	auto buffer = Napi::ArrayBuffer::New(info.Env(), address, length, release, new Mapping(address, length));
	mapped_ = Napi::Weak(buffer);
	return buffer;
}

Napi::Value Map::pin(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.pin");
	SharedDescriptor fd = descriptor(info.Env(), arguments.operation());
	std::string path = arguments.text(0, "path");

	if (bpf_obj_pin(fd->get(), path.c_str()) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), shape_.name + " at " + path});
	return info.Env().Undefined();
}

Napi::Value Map::unpin(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "map.unpin");
	descriptor(info.Env(), arguments.operation());
	std::string path = arguments.text(0, "path");

	if (unlink(path.c_str()) != 0)
		throw toError(info.Env(), {errno, arguments.operation(), shape_.name + " at " + path});
	return info.Env().Undefined();
}

Napi::Value Map::close(const Napi::CallbackInfo &info)
{
	/* Typed arrays over a detached buffer have length 0: a late write is ignored instead of hitting unmapped memory. */
	if (!mapped_.IsEmpty() && !mapped_.Value().IsEmpty())
		mapped_.Value().Detach();
	mapped_.Reset();
	fd_.reset();
	return info.Env().Undefined();
}

} // namespace sluice
