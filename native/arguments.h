/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checked access to what JavaScript passed: every function here throws a TypeError that names the operation, the argument
 * and what was expected. Main thread.
 */
#ifndef SLUICE_ARGUMENTS_H
#define SLUICE_ARGUMENTS_H

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice
{

/* Bytes inside a JavaScript buffer: valid until control returns to JavaScript. */
struct View {
	const uint8_t *data;
	size_t length;

	std::vector<uint8_t> copy() const
	{
		return std::vector<uint8_t>(data, data + length);
	}
};

/* The arguments of one call, or the fields of its options object. */
class Arguments
{
      public:
	Arguments(const Napi::CallbackInfo &info, const char *operation) : info_(info), operation_(operation)
	{
	}

	Napi::Env env() const
	{
		return info_.Env();
	}
	const char *operation() const
	{
		return operation_;
	}
	Napi::Value at(size_t index) const
	{
		return info_[index];
	}
	Napi::Error misuse(const std::string &expected) const;

	std::string text(size_t index, const char *name) const;
	View bytes(size_t index, const char *name) const;
	/* Exactly `length` bytes. */
	View bytes(size_t index, const char *name, size_t length) const;
	/* A whole number in [least, most]. */
	uint32_t number(size_t index, const char *name, uint32_t least, uint32_t most) const;
	bool boolean(size_t index, const char *name) const;
	Napi::Function function(size_t index, const char *name) const;
	Napi::Object object(size_t index, const char *name) const;
	bool given(size_t index) const;

      private:
	const Napi::CallbackInfo &info_;
	const char *operation_;
};

/* Fields of an options object. An absent field and one that is undefined are the same. */
class Options
{
      public:
	Options(const Arguments &arguments, size_t index)
	    : arguments_(arguments), object_(arguments.object(index, "options"))
	{
	}

	/* The field, undefined or not. */
	Napi::Value require(const char *name) const
	{
		return object_.Get(name);
	}
	std::optional<Napi::Value> value(const char *name) const;
	uint32_t number(const char *name, uint32_t least, uint32_t most) const;
	uint32_t number(const char *name, uint32_t least, uint32_t most, uint32_t otherwise) const;
	bool boolean(const char *name, bool otherwise) const;
	/* A copy: reading the next field may run a getter, and that may do anything to the buffer. */
	std::optional<std::vector<uint8_t>> bytes(const char *name) const;
	std::optional<Napi::Function> function(const char *name) const;

      private:
	const Arguments &arguments_;
	Napi::Object object_;
};

} // namespace sluice

#endif
