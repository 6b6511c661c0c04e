/* SPDX-License-Identifier: GPL-2.0-only */
/* HAProxy's access log: counted, made readable, handed to JavaScript in blocks. Main thread throughout. */
#ifndef SLUICE_LOG_READER_H
#define SLUICE_LOG_READER_H

#include "handle.h"
#include "outbox.h"

namespace sluice
{

class LogThread;
struct LogBlock;
enum class LogFormat;

class LogReader : public Handle<LogReader>
{
      public:
	static constexpr HandleKind KIND = HandleKind::LOG_READER;
	static constexpr const char *NAME = "LogReader";
	struct Initial {
		std::shared_ptr<LogThread> thread;
		std::shared_ptr<Outbox<LogBlock>> outbox;
		LogFormat format;
	};

	using Handle<LogReader>::Handle;
	void initialize(Initial &initial);
	static void define(Napi::Env env);

	/* (options) -> LogReader */
	static Napi::Value open(const Napi::CallbackInfo &info);
	/* (path) */
	static Napi::Value makePipe(const Napi::CallbackInfo &info);

      private:
	Napi::Value start(const Napi::CallbackInfo &info);
	Napi::Value nameListener(const Napi::CallbackInfo &info);
	Napi::Value namePool(const Napi::CallbackInfo &info);
	Napi::Value removeName(const Napi::CallbackInfo &info);
	Napi::Value counters(const Napi::CallbackInfo &info);
	Napi::Value stats(const Napi::CallbackInfo &info);
	Napi::Value close(const Napi::CallbackInfo &info);

	/* A text that may be empty, escaped for the format. */
	std::string escapedText(const class Arguments &arguments, size_t index, const char *name) const;

	std::shared_ptr<LogThread> thread_;
	std::shared_ptr<Outbox<LogBlock>> outbox_;
	LogFormat format_;
	bool started_ = false;
	bool closed_ = false;
};

} // namespace sluice

#endif
