/* SPDX-License-Identifier: GPL-2.0-only */
/* Text on its way from HAProxy's encoding into a line: whatever bytes a client sends, the line stays one line. */
#ifndef SLUICE_LOG_TEXT_H
#define SLUICE_LOG_TEXT_H

#include <string>
#include <string_view>

namespace sluice
{

enum class LogFormat { JSON, LINE };

/*
 * Appends the inside of a quoted string. JSON: valid UTF-8 stays, bytes that are none become U+FFFD, control characters
 * are escaped. LINE, as nginx does it: quotes, backslashes, control characters and everything that is not ASCII become \xXX.
 */
void appendEscaped(std::string &line, std::string_view bytes, LogFormat format);

/* Undoes an encoding of bytes as a mark and two hexadecimal digits: '#' in captured headers, '%' in server names. */
void decodeBytes(std::string_view text, char mark, std::string &bytes);

} // namespace sluice

#endif
