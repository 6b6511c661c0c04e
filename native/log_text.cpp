/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_text.h"

#include <cstdint>
#include <cstring>

namespace sluice
{

namespace
{

const char DIGITS[] = "0123456789ABCDEF";
const char REPLACEMENT[] = "\\ufffd";

int digitOf(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

bool isPlain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/*
 * Length of the character that begins there, 0 when the bytes are none: too short, too long for what they say (which
 * could hide a quote from one reader and not from another), a surrogate, or beyond U+10FFFF.
 */
size_t characterLength(const unsigned char *bytes, size_t left)
{
	unsigned char first = bytes[0];
	size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	if (first < 0xc2 || first > 0xf4 || left < length)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	bool overlong = (first == 0xe0 && bytes[1] < 0xa0) || (first == 0xf0 && bytes[1] < 0x90);
	bool outside = (first == 0xed && bytes[1] >= 0xa0) || (first == 0xf4 && bytes[1] >= 0x90);
	return overlong || outside ? 0 : length;
}

/* One character or one byte that is none; returns how many bytes that were. */
size_t appendJson(std::string &line, const unsigned char *bytes, size_t left)
{
	unsigned char byte = bytes[0];
	if (byte == '"' || byte == '\\') {
		line += '\\';
		line += static_cast<char>(byte);
		return 1;
	}
	if (byte < 0x80) {
		line += "\\u00";
		line += DIGITS[byte >> 4];
		line += DIGITS[byte & 15];
		return 1;
	}
	size_t length = characterLength(bytes, left);
	if (length == 0) {
		line += REPLACEMENT;
		return 1;
	}
	line.append(reinterpret_cast<const char *>(bytes), length);
	return length;
}

size_t appendHexadecimal(std::string &line, const unsigned char *bytes)
{
	line += "\\x";
	line += DIGITS[bytes[0] >> 4];
	line += DIGITS[bytes[0] & 15];
	return 1;
}

} // namespace

void appendEscaped(std::string &line, std::string_view text, LogFormat format)
{
	auto *bytes = reinterpret_cast<const unsigned char *>(text.data());
	size_t at = 0;
	while (at < text.size()) {
		size_t end = at;
		while (end < text.size() && isPlain(bytes[end]))
			end++;
		line.append(text, at, end - at);
		at = end;
		if (at == text.size())
			return;
		if (format == LogFormat::JSON)
			at += appendJson(line, bytes + at, text.size() - at);
		else
			at += appendHexadecimal(line, bytes + at);
	}
}

void decodeBytes(std::string_view text, char mark, std::string &bytes)
{
	bytes.clear();
	while (!text.empty()) {
		size_t plain = text.find(mark);
		bytes.append(text, 0, plain);
		if (plain == std::string_view::npos)
			return;
		text.remove_prefix(plain);
		int high = text.size() >= 3 ? digitOf(text[1]) : -1;
		int low = text.size() >= 3 ? digitOf(text[2]) : -1;
		if (high < 0 || low < 0)
			return; /* the line was cut here */
		bytes += static_cast<char>(high << 4 | low);
		text.remove_prefix(3);
	}
}

} // namespace sluice
