/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_reader.h"

#include "log_pipe.h"
#include "log_thread.h"

namespace sluice
{

namespace
{

constexpr size_t MOST_WAITING = 64; /* blocks on their way to JavaScript, 16 MiB */

std::optional<LogFormat> formatOf(const Arguments &arguments, const Options &options)
{
	auto field = options.value("format");
	if (!field)
		return std::nullopt;
	std::string format = field->IsString() ? field->As<Napi::String>().Utf8Value() : "";
	if (format == "json")
		return LogFormat::JSON;
	if (format == "line")
		return LogFormat::LINE;
	throw arguments.misuse("format must be json or line");
}

std::string pathOf(const Arguments &arguments, const Options &options)
{
	auto field = options.value("path");
	if (!field || !field->IsString())
		throw arguments.misuse("path must be a string");
	return field->As<Napi::String>().Utf8Value();
}

/* A block's memory becomes a Uint8Array's, and lives as long as that. */
Napi::Uint8Array bytesOf(Napi::Env env, const std::shared_ptr<std::string> &text)
{
	auto *held = new std::shared_ptr<std::string>(text);
	auto memory = Napi::ArrayBuffer::New(
		env, text->data(), text->size(),
		[](Napi::Env, void *, std::shared_ptr<std::string> *holder) { delete holder; }, held);
	return Napi::Uint8Array::New(env, text->size(), memory, 0);
}

/* Calls the function with a block's bytes and how many lines they are. */
Outbox<LogBlock>::Deliver callWithBlock(Napi::Function callback)
{
	auto function = std::make_shared<Napi::FunctionReference>(Napi::Persistent(callback));
	return [function](Napi::Env env, const LogBlock &block) {
		function->Call({bytesOf(env, block.text), Napi::Number::New(env, block.lines)});
	};
}

} // namespace

void LogReader::define(Napi::Env env)
{
	Handle<LogReader>::define(env, {
					       InstanceMethod<&LogReader::start>("start"),
					       InstanceMethod<&LogReader::nameListener>("nameListener"),
					       InstanceMethod<&LogReader::namePool>("namePool"),
					       InstanceMethod<&LogReader::removeName>("removeName"),
					       InstanceMethod<&LogReader::counters>("counters"),
					       InstanceMethod<&LogReader::stats>("stats"),
					       InstanceMethod<&LogReader::close>("close"),
				       });
}

Napi::Value LogReader::makePipe(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "makeLogPipe");
	try {
		openLogPipe(arguments.text(0, "path"), arguments.operation());
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
	return info.Env().Undefined();
}

Napi::Value LogReader::open(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "logReader.open");
	Options options(arguments, 0);
	std::string path = pathOf(arguments, options);
	std::optional<LogFormat> format = formatOf(arguments, options);
	auto callback = options.function("onLines");
	if (!callback)
		throw arguments.misuse("onLines must be a function");
	try {
		auto thread = std::make_shared<LogThread>(path, format);
		auto outbox = Outbox<LogBlock>::open(info.Env(), "sluice log", MOST_WAITING, callWithBlock(*callback));
		return make(info.Env(), Initial{thread, outbox, format.value_or(LogFormat::JSON)});
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
}

void LogReader::initialize(Initial &initial)
{
	thread_ = std::move(initial.thread);
	outbox_ = std::move(initial.outbox);
	format_ = initial.format;
	Ref(); /* it goes on although nobody holds the handle */
}

Napi::Value LogReader::start(const Napi::CallbackInfo &info)
{
	if (started_ || closed_)
		return info.Env().Undefined();
	try {
		thread_->start(info.Env(), outbox_);
		started_ = true;
	} catch (const Failure &failure) {
		throw toError(info.Env(), failure);
	}
	return info.Env().Undefined();
}

std::string LogReader::escapedText(const Arguments &arguments, size_t index, const char *name) const
{
	Napi::Value value = arguments.at(index);
	if (!value.IsString())
		throw arguments.misuse(std::string(name) + " must be a string");
	std::string escaped;
	appendEscaped(escaped, value.As<Napi::String>().Utf8Value(), format_);
	return escaped;
}

Napi::Value LogReader::nameListener(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "logReader.nameListener");
	ListenerNames names;
	names.name = escapedText(arguments, 1, "name");
	names.loadbalancer = escapedText(arguments, 2, "loadbalancer");
	names.loadbalancerId = escapedText(arguments, 3, "loadbalancerId");
	names.projectId = escapedText(arguments, 4, "projectId");
	thread_->setListener(arguments.text(0, "id"), names);
	return info.Env().Undefined();
}

Napi::Value LogReader::namePool(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "logReader.namePool");
	thread_->setPool(arguments.text(0, "id"), escapedText(arguments, 1, "name"));
	return info.Env().Undefined();
}

Napi::Value LogReader::removeName(const Napi::CallbackInfo &info)
{
	Arguments arguments(info, "logReader.removeName");
	thread_->removeName(arguments.text(0, "id"));
	return info.Env().Undefined();
}

Napi::Value LogReader::counters(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	LogCounters counters = thread_->counters();
	auto ids = Napi::Array::New(env, counters.size());
	auto figures = Napi::Float64Array::New(env, counters.size() * LOG_FIGURES);
	uint32_t index = 0;
	for (const auto &[id, listener] : counters) {
		std::copy(listener.begin(), listener.end(), figures.Data() + index * LOG_FIGURES);
		ids.Set(index++, Napi::String::New(env, id));
	}
	Napi::Object answer = Napi::Object::New(env);
	answer.Set("listeners", ids);
	answer.Set("figures", figures);
	return answer;
}

Napi::Value LogReader::stats(const Napi::CallbackInfo &info)
{
	const LogStats &stats = thread_->stats();
	Napi::Object answer = Napi::Object::New(info.Env());
	auto set = [&](const char *name, uint64_t value) {
		answer.Set(name, Napi::Number::New(info.Env(), static_cast<double>(value)));
	};
	set("lines", stats.lines);
	set("lost", stats.lost);
	set("unreadable", stats.unreadable);
	return answer;
}

Napi::Value LogReader::close(const Napi::CallbackInfo &info)
{
	if (!closed_) {
		closed_ = true;
		thread_->stop();
		thread_->forget();
		outbox_->flush(info.Env());
		outbox_->shut();
		outbox_->release();
		Unref();
	}
	return info.Env().Undefined();
}

} // namespace sluice
