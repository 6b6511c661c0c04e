/* SPDX-License-Identifier: GPL-2.0-only */
#include "log.h"

#include <bpf/libbpf.h>

#include <cstdio>
#include <vector>

namespace sluice
{

namespace
{

/* Of each thread: libbpf has one print function for the process and calls it on the thread that called libbpf. */
thread_local LogCapture *current = nullptr;

const std::string PREFIX = "libbpf: ";

int print(enum libbpf_print_level level, const char *format, va_list values)
{
	if (current && level != LIBBPF_DEBUG)
		current->append(format, values);
	return 0;
}

} // namespace

LogCapture::LogCapture()
{
	current = this;
}

LogCapture::~LogCapture()
{
	current = nullptr;
}

void LogCapture::install()
{
	libbpf_set_print(print);
}

void LogCapture::append(const char *format, va_list values)
{
	va_list again;
	va_copy(again, values);
	int length = vsnprintf(nullptr, 0, format, values);
	std::vector<char> line(static_cast<size_t>(length > 0 ? length : 0) + 1);
	vsnprintf(line.data(), line.size(), format, again);
	va_end(again);

	std::string message(line.data());
	if (reason_.empty()) {
		reason_ = message.substr(0, message.find('\n'));
		if (reason_.compare(0, PREFIX.size(), PREFIX) == 0)
			reason_.erase(0, PREFIX.size());
	}
	text_ += message;
	if (text_.size() > LIMIT) {
		text_.erase(0, text_.size() - LIMIT);
		cut_ = true;
	}
}

std::string LogCapture::tail() const
{
	size_t lineEnd = text_.find('\n');
	if (!cut_ || lineEnd == std::string::npos)
		return text_;
	return "...\n" + text_.substr(lineEnd + 1);
}

} // namespace sluice
