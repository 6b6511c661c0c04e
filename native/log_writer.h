/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that lines are made of. */
#ifndef SLUICE_LOG_WRITER_H
#define SLUICE_LOG_WRITER_H

#include <cstdint>
#include <string>
#include <string_view>

#include "log_text.h"

namespace sluice
{

/* Appends to one text at a time. One thread at a time. */
class LogWriter
{
      public:
	explicit LogWriter(LogFormat format) : format_(format)
	{
	}

	void begin(std::string &out)
	{
		out_ = &out;
	}
	/* As it is. */
	LogWriter &put(std::string_view text)
	{
		out_->append(text);
		return *this;
	}
	LogWriter &put(char letter)
	{
		*out_ += letter;
		return *this;
	}
	/* Escaped for the inside of a quoted string. */
	LogWriter &escaped(std::string_view text)
	{
		appendEscaped(*out_, text, format_);
		return *this;
	}
	/* The same, of bytes that stand as a mark and two digits. */
	LogWriter &decoded(std::string_view text, char mark);
	LogWriter &number(int64_t value);
	/* Milliseconds as "1.234"; not negative. */
	LogWriter &seconds(int64_t milliseconds);
	/* "address:port", "[address]:port"; "-" without an address. */
	LogWriter &endpoint(std::string_view address, std::string_view port);
	LogWriter &endpoint(std::string_view address, uint32_t port);
	/* "2026-01-31T12:00:00" of that second since 1970, UTC. */
	LogWriter &isoSecond(int64_t second);

      private:
	LogFormat format_;
	std::string *out_ = nullptr;
	std::string bytes_; /* kept for its memory */
	int64_t second_ = -1; /* the one that iso_ has: consecutive lines share it */
	char iso_[32];
};

} // namespace sluice

#endif
