/* SPDX-License-Identifier: GPL-2.0-only */
#include "log_pipe.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "errors.h"

namespace sluice
{

namespace
{

constexpr int ROOM = 16 << 20; /* lines of a second at 50,000 a second */

int mostRoom()
{
	FILE *file = fopen("/proc/sys/fs/pipe-max-size", "re");
	int most = 0;
	if (file && fscanf(file, "%d", &most) != 1)
		most = 0;
	if (file)
		fclose(file);
	return most;
}

} // namespace

Descriptor openLogPipe(const std::string &path, const std::string &operation)
{
	if (mkfifo(path.c_str(), 0600) < 0 && errno != EEXIST)
		throw Failure{errno, operation, path};
	Descriptor pipe(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
	if (!pipe.valid())
		throw Failure{errno, operation, path};
	struct stat status;
	if (fstat(pipe.get(), &status) < 0 || !S_ISFIFO(status.st_mode))
		throw Failure{EINVAL, operation, path, "what is there is not a pipe: remove it"};
	if (fcntl(pipe.get(), F_GETPIPE_SZ) < ROOM && fcntl(pipe.get(), F_SETPIPE_SZ, ROOM) < 0) {
		/* Less room means lost lines when this host is busy, no failure. */
		int most = mostRoom();
		if (fcntl(pipe.get(), F_GETPIPE_SZ) < most)
			fcntl(pipe.get(), F_SETPIPE_SZ, most);
	}
	return pipe;
}

} // namespace sluice
