/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_writer.h"

#include <charconv>
#include <ctime>

namespace sluice
{

LogWriter &LogWriter::decoded(std::string_view text, char mark)
{
	if (text.find(mark) == std::string_view::npos)
		return escaped(text);
	decodeBytes(text, mark, bytes_);
	return escaped(bytes_);
}

LogWriter &LogWriter::number(int64_t value)
{
	char digits[24];
	char *end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
	return put(std::string_view(digits, static_cast<size_t>(end - digits)));
}

LogWriter &LogWriter::seconds(int64_t milliseconds)
{
	auto digit = [&](int64_t unit) { return static_cast<char>('0' + milliseconds / unit % 10); };
	return number(milliseconds / 1000).put('.').put(digit(100)).put(digit(10)).put(digit(1));
}

LogWriter &LogWriter::endpoint(std::string_view address, std::string_view port)
{
	if (address.empty())
		return put('-');
	if (address.find(':') == std::string_view::npos)
		return escaped(address).put(':').escaped(port);
	return put('[').escaped(address).put("]:").escaped(port);
}

LogWriter &LogWriter::endpoint(std::string_view address, uint32_t port)
{
	char digits[12];
	char *end = std::to_chars(digits, digits + sizeof(digits), port).ptr;
	return endpoint(address, std::string_view(digits, static_cast<size_t>(end - digits)));
}

LogWriter &LogWriter::isoSecond(int64_t second)
{
	if (second != second_) {
		second_ = second;
		time_t time = static_cast<time_t>(second);
		tm parts = {};
		gmtime_r(&time, &parts);
		strftime(iso_, sizeof(iso_), "%Y-%m-%dT%H:%M:%S", &parts);
	}
	return put(iso_);
}

} // namespace sluice
