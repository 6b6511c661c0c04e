/* SPDX-License-Identifier: GPL-2.0-only */
/* A compiled BPF object file: opened, adjusted, loaded; then a source of map and program handles. */
#ifndef SLUICE_OBJECT_H
#define SLUICE_OBJECT_H

#include <bpf/libbpf.h>

#include <memory>
#include <string>

#include "handle.h"

namespace sluice
{

struct CloseObject {
	void operator()(bpf_object *object) const
	{
		bpf_object__close(object);
	}
};

/* Shared with the job that loads it. */
using SharedObject = std::shared_ptr<bpf_object>;

class Object : public Handle<Object>
{
      public:
	static constexpr HandleKind KIND = HandleKind::OBJECT;
	static constexpr const char *NAME = "BpfObject";
	struct Initial {
		SharedObject object;
		std::string path;
	};

	using Handle<Object>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (path, name?) -> BpfObject. Reads and parses the file; the kernel is not asked yet. */
	static Napi::Value open(const Napi::CallbackInfo &info);

      private:
	friend class LoadObject;
	/* libbpf's object is not made for two threads: while LOADING nothing but the job touches it. */
	enum class State { OPEN, LOADING, LOADED, FAILED, CLOSED };

	/* Throw unless the object is in a state where the operation makes sense. */
	void requireReadable(const Arguments &arguments) const;
	void requireOpen(const Arguments &arguments) const;
	void requireLoaded(const Arguments &arguments) const;
	[[noreturn]] void refuse(const Arguments &arguments, int error, const char *reason) const;
	bpf_map *findMap(const Arguments &arguments) const;
	bpf_program *findProgram(const Arguments &arguments) const;

	Napi::Value programs(const Napi::CallbackInfo &info);
	Napi::Value maps(const Napi::CallbackInfo &info);
	Napi::Value setMaxEntries(const Napi::CallbackInfo &info);
	Napi::Value setPinPath(const Napi::CallbackInfo &info);
	Napi::Value setAutoload(const Napi::CallbackInfo &info);
	Napi::Value load(const Napi::CallbackInfo &info);
	Napi::Value map(const Napi::CallbackInfo &info);
	Napi::Value program(const Napi::CallbackInfo &info);
	Napi::Value btf(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	SharedObject object_;
	std::string path_;
	State state_ = State::OPEN;
};

} // namespace sluice

#endif
