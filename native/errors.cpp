/* SPDX-License-Identifier: GPL-2.0-only */
#include "errors.h"

#include <cstring>

namespace sluice
{

namespace
{

/* What BPF calls return for a map or program type that lacks an operation; has no name in libc. */
constexpr int KERNEL_NOT_SUPPORTED = 524;

std::string errorText(int error)
{
	if (error == KERNEL_NOT_SUPPORTED)
		return "Operation not supported by this type of object";
	return strerrordesc_np(error) ? strerrordesc_np(error) : "Unknown error " + std::to_string(error);
}

} // namespace

std::string errorName(int error)
{
	if (error == KERNEL_NOT_SUPPORTED)
		return "ENOTSUPP";
	const char *name = strerrorname_np(error);
	return name ? name : "E" + std::to_string(error);
}

Napi::Error toError(Napi::Env env, const Failure &failure)
{
	std::string message = failure.operation;
	if (!failure.subject.empty())
		message += " " + failure.subject;
	message += ": " + errorText(failure.error) + " (" + errorName(failure.error) + ")";
	if (!failure.reason.empty())
		message += ": " + failure.reason;

	Napi::Error error = Napi::Error::New(env, message);
	error.Set("code", Napi::String::New(env, errorName(failure.error)));
	error.Set("errno", Napi::Number::New(env, failure.error));
	error.Set("operation", Napi::String::New(env, failure.operation));
	if (!failure.detail.empty())
		error.Set("detail", Napi::String::New(env, failure.detail));
	return error;
}

Napi::Error misuse(Napi::Env env, const std::string &operation, const std::string &expected)
{
	Napi::TypeError error = Napi::TypeError::New(env, operation + ": " + expected);
	error.Set("code", Napi::String::New(env, "ERR_INVALID_ARG_TYPE"));
	error.Set("operation", Napi::String::New(env, operation));
	return error;
}

} // namespace sluice
