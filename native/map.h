/* SPDX-License-Identifier: GPL-2.0-only */
/* A BPF map: one file descriptor and what the kernel says about it. */
#ifndef SLUICE_MAP_H
#define SLUICE_MAP_H

#include <linux/bpf.h>

#include "descriptor.h"
#include "handle.h"

namespace sluice
{

/* Fixed facts of a map; copied into work on other threads. */
struct MapShape {
	std::string name;
	uint32_t type = 0; /* enum bpf_map_type */
	uint32_t id = 0;
	uint32_t flags = 0; /* BPF_F_... */
	uint32_t keySize = 0;
	uint32_t valueSize = 0; /* as system calls carry it: per-CPU maps have one value for each possible CPU */
	uint32_t elementSize = 0; /* as the BPF program sees it */
	uint32_t maxEntries = 0;
};

/* Asks the kernel. Throws Failure. */
MapShape shapeOf(int fd, const std::string &operation, const std::string &subject);

class Map : public Handle<Map>
{
      public:
	static constexpr HandleKind KIND = HandleKind::MAP;
	static constexpr const char *NAME = "BpfMap";
	struct Initial {
		Descriptor fd;
		MapShape shape;
	};

	using Handle<Map>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (path) -> BpfMap */
	static Napi::Value openPinned(const Napi::CallbackInfo &info);

	/* Throws when closed. */
	SharedDescriptor descriptor(Napi::Env env, const char *operation) const;
	const MapShape &shape() const
	{
		return shape_;
	}

      private:
	Napi::Value name(const Napi::CallbackInfo &info);
	Napi::Value type(const Napi::CallbackInfo &info);
	Napi::Value keySize(const Napi::CallbackInfo &info);
	Napi::Value valueSize(const Napi::CallbackInfo &info);
	Napi::Value maxEntries(const Napi::CallbackInfo &info);
	Napi::Value id(const Napi::CallbackInfo &info);
	Napi::Value flags(const Napi::CallbackInfo &info);

	Napi::Value get(const Napi::CallbackInfo &info);
	Napi::Value put(const Napi::CallbackInfo &info);
	Napi::Value remove(const Napi::CallbackInfo &info);
	Napi::Value getBatch(const Napi::CallbackInfo &info);
	Napi::Value putBatch(const Napi::CallbackInfo &info);
	Napi::Value deleteBatch(const Napi::CallbackInfo &info);
	Napi::Value putMap(const Napi::CallbackInfo &info);
	Napi::Value mmap(const Napi::CallbackInfo &info);
	Napi::Value pin(const Napi::CallbackInfo &info);
	Napi::Value unpin(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	SharedDescriptor fd_;
	MapShape shape_;
	Napi::Reference<Napi::ArrayBuffer> mapped_; /* weak: JavaScript decides how long a mapping lives */
};

} // namespace sluice

#endif
