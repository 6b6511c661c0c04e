/* SPDX-License-Identifier: GPL-2.0-only */
/* Base of every object that JavaScript holds. */
#ifndef SLUICE_HANDLE_H
#define SLUICE_HANDLE_H

#include <napi.h>

#include <array>
#include <memory>

#include "arguments.h"
#include "errors.h"

namespace sluice
{

enum class HandleKind {
	OBJECT,
	MAP,
	PROGRAM,
	LINK,
	ITERATION,
	PUMP,
	RING_BUFFER,
	PROBER,
	LOG_READER,
	LINE_SENDER,
	COUNT
};

/* What belongs to one JavaScript environment (main thread or worker_thread). */
struct Instance {
	std::array<Napi::FunctionReference, static_cast<size_t>(HandleKind::COUNT)> constructors;
};

/*
 * Only native code can make one (the constructor wants what only native code has), and native code can tell one from an
 * object that merely looks like it: a wrong object unwrapped would be read as if it were the right one.
 * Main thread throughout.
 *
 * Self has: static constexpr HandleKind KIND; static constexpr const char *NAME; struct Initial (movable);
 * void initialize(Initial &).
 */
template <class Self> class Handle : public Napi::ObjectWrap<Self>
{
      public:
	explicit Handle(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Self>(info)
	{
		if (info.Length() != 1 || !info[0].IsExternal())
			throw misuse(info.Env(), Self::NAME, "cannot be constructed; see openObject and openPinnedMap");
		info.This().As<Napi::Object>().TypeTag(&TAG);
	}

	static void define(Napi::Env env, const std::vector<Napi::ClassPropertyDescriptor<Self>> &properties)
	{
		Napi::Function constructor = Self::DefineClass(env, Self::NAME, properties);
		slot(env) = Napi::Persistent(constructor);
	}

	template <class Initial> static Napi::Object make(Napi::Env env, Initial initial)
	{
		auto external = Napi::External<Initial>::New(env, &initial);
		Napi::Object object = slot(env).New({external});
		Self::Unwrap(object)->initialize(initial);
		return object;
	}

	/* Throws a TypeError naming the argument when the value is anything else. */
	static Self &from(const Arguments &arguments, const char *name, const Napi::Value &value)
	{
		if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&TAG))
			throw arguments.misuse(std::string(name) + " must be a " + Self::NAME);
		return *Self::Unwrap(value.As<Napi::Object>());
	}

      private:
	static constexpr napi_type_tag TAG = {0x736c75696365u, static_cast<uint64_t>(Self::KIND) + 1};

	static Napi::FunctionReference &slot(Napi::Env env)
	{
		return env.GetInstanceData<Instance>()->constructors[static_cast<size_t>(Self::KIND)];
	}
};

} // namespace sluice

#endif
