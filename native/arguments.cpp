/* SPDX-License-Identifier: GPL-2.0-only */
#include "arguments.h"

#include <cmath>

#include "errors.h"

namespace sluice
{

namespace
{

std::string kindOf(const Napi::Value &value)
{
	switch (value.Type()) {
	case napi_undefined:
		return "undefined";
	case napi_null:
		return "null";
	case napi_boolean:
		return "a boolean";
	case napi_number:
		return "the number " + value.ToString().Utf8Value();
	case napi_string:
		return "a string";
	case napi_bigint:
		return "a bigint";
	case napi_function:
		return "a function";
	default:
		return value.IsTypedArray() ? "another typed array" : "an object";
	}
}

Napi::Error wrong(
	const Arguments &arguments, const std::string &name, const std::string &expected, const Napi::Value &value)
{
	return arguments.misuse(name + " must be " + expected + ", not " + kindOf(value));
}

View asBytes(const Arguments &arguments, const char *name, const Napi::Value &value)
{
	if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
		throw wrong(arguments, name, "a Uint8Array", value);
	auto array = value.As<Napi::Uint8Array>();
	return {array.Data(), array.ByteLength()};
}

uint32_t asNumber(const Arguments &arguments, const char *name, const Napi::Value &value, uint32_t least, uint32_t most)
{
	double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
	if (!(number >= least && number <= most) || std::trunc(number) != number) {
		std::string range = std::to_string(least) + " to " + std::to_string(most);
		throw wrong(arguments, name, "a whole number from " + range, value);
	}
	return static_cast<uint32_t>(number);
}

} // namespace

Napi::Error Arguments::misuse(const std::string &expected) const
{
	return sluice::misuse(env(), operation_, expected);
}

std::string Arguments::text(size_t index, const char *name) const
{
	Napi::Value value = at(index);
	if (!value.IsString())
		throw wrong(*this, name, "a string", value);
	std::string content = value.As<Napi::String>().Utf8Value();
	if (content.empty() || content.find('\0') != std::string::npos)
		throw misuse(std::string(name) + " must be a string that is not empty and has no NUL in it");
	return content;
}

View Arguments::bytes(size_t index, const char *name) const
{
	return asBytes(*this, name, at(index));
}

View Arguments::bytes(size_t index, const char *name, size_t length) const
{
	View view = bytes(index, name);
	if (view.length != length)
		throw misuse(std::string(name) + " must have " + std::to_string(length) + " bytes, not " +
			     std::to_string(view.length));
	return view;
}

uint32_t Arguments::number(size_t index, const char *name, uint32_t least, uint32_t most) const
{
	return asNumber(*this, name, at(index), least, most);
}

bool Arguments::boolean(size_t index, const char *name) const
{
	Napi::Value value = at(index);
	if (!value.IsBoolean())
		throw wrong(*this, name, "true or false", value);
	return value.As<Napi::Boolean>().Value();
}

Napi::Function Arguments::function(size_t index, const char *name) const
{
	Napi::Value value = at(index);
	if (!value.IsFunction())
		throw wrong(*this, name, "a function", value);
	return value.As<Napi::Function>();
}

Napi::Object Arguments::object(size_t index, const char *name) const
{
	Napi::Value value = at(index);
	if (!value.IsObject() || value.IsFunction())
		throw wrong(*this, name, "an object", value);
	return value.As<Napi::Object>();
}

bool Arguments::given(size_t index) const
{
	return !at(index).IsUndefined();
}

std::optional<Napi::Value> Options::value(const char *name) const
{
	Napi::Value value = object_.Get(name);
	if (value.IsUndefined())
		return std::nullopt;
	return value;
}

uint32_t Options::number(const char *name, uint32_t least, uint32_t most) const
{
	return asNumber(arguments_, name, object_.Get(name), least, most);
}

uint32_t Options::number(const char *name, uint32_t least, uint32_t most, uint32_t otherwise) const
{
	auto field = value(name);
	return field ? asNumber(arguments_, name, *field, least, most) : otherwise;
}

bool Options::boolean(const char *name, bool otherwise) const
{
	auto field = value(name);
	if (!field)
		return otherwise;
	if (!field->IsBoolean())
		throw wrong(arguments_, name, "true or false", *field);
	return field->As<Napi::Boolean>().Value();
}

std::optional<std::vector<uint8_t>> Options::bytes(const char *name) const
{
	auto field = value(name);
	if (!field)
		return std::nullopt;
	return asBytes(arguments_, name, *field).copy();
}

std::optional<Napi::Function> Options::function(const char *name) const
{
	auto field = value(name);
	if (!field)
		return std::nullopt;
	if (!field->IsFunction())
		throw wrong(arguments_, name, "a function", *field);
	return field->As<Napi::Function>();
}

} // namespace sluice
