/* SPDX-License-Identifier: GPL-2.0-only */
/* Collects what libbpf has to say while one call runs. */
#ifndef SLUICE_LOG_H
#define SLUICE_LOG_H

#include <cstdarg>
#include <string>

namespace sluice
{

/*
 * While one lives, the calling thread's libbpf messages go into it and nowhere else. Verifier logs reach megabytes and
 * their verdict stands at the end, so the end is kept.
 */
class LogCapture
{
      public:
	LogCapture();
	~LogCapture();
	LogCapture(const LogCapture &) = delete;
	LogCapture &operator=(const LogCapture &) = delete;

	/* The last LIMIT bytes, cut at the start of a line. */
	std::string tail() const;
	/* First complaint, without libbpf's prefix: the cause; later ones are consequences. Empty when there was none. */
	const std::string &reason() const
	{
		return reason_;
	}

	/* Called by libbpf, on the thread that made the capture. */
	void append(const char *format, va_list values);

	/* Routes libbpf's messages to the captures. Once, before libbpf is used. */
	static void install();

      private:
	static constexpr size_t LIMIT = 16 * 1024;

	std::string text_;
	std::string reason_;
	bool cut_ = false;
};

} // namespace sluice

#endif
