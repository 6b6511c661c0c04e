// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include "receiver.h"

#define BPF_FILE_SYSTEM "/sys/fs/bpf"
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

enum {
	KERNEL_MAJOR = 6,
	KERNEL_MINOR = 1,
	HANDLE_KERNFS = 0xfe, /* FILEID_KERNFS: the handle of a cgroup directory is its id */
};

static bool file_system__is(const char *path, long magic)
{
	struct statfs info;

	return statfs(path, &info) == 0 && (long)info.f_type == magic;
}

/* Root, a kernel that is new enough, BTF. */
int host__check(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	if (geteuid() != 0)
		return fail("needs root: run it with sudo, or from a systemd unit");
	if (uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
		(major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR)))
		return fail("Linux %d.%d or newer is needed, this host runs %s: boot a newer kernel, or use a toa "
			    "kernel module here",
			KERNEL_MAJOR, KERNEL_MINOR, name.release);
	if (access(KERNEL_BTF, R_OK) != 0)
		return fail("%s is missing: this kernel was built without CONFIG_DEBUG_INFO_BTF; use your "
			    "distribution's kernel",
			KERNEL_BTF);
	return EXIT_DONE;
}

/* Undoes the octal escapes (\040 for a space) of /proc/self/mountinfo in place. */
static void mountinfo__unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

/*
 * Where cgroup v2 is mounted: the mount that shows the whole hierarchy, or else the first one, which inside a container is the
 * container's own part of it.
 */
int host__cgroup_root(char path[PATH_MAX])
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t capacity = 0;
	bool whole = false;

	path[0] = '\0';
	if (!file)
		return fail("cannot read /proc/self/mountinfo: %s; mount /proc", strerror(errno));
	while (!whole && getline(&line, &capacity, file) > 0) {
		char root[PATH_MAX], point[PATH_MAX];
		const char *rest = strstr(line, " - cgroup2 ");

		if (!rest || sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) != 2)
			continue;
		whole = strcmp(root, "/") == 0;
		if (whole || !path[0])
			strcpy(path, point);
	}
	free(line);
	fclose(file);
	if (!path[0])
		return fail("no cgroup v2 is mounted: mount it with "
			    "'mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified', or "
			    "boot with "
			    "systemd.unified_cgroup_hierarchy=1");
	mountinfo__unescape(path);
	return EXIT_DONE;
}

/* Returns a descriptor of the cgroup's directory and its id, or -1 after reporting. */
int host__open_cgroup(const char *path, __u64 *id)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		fail("cannot open the cgroup %s: %s", path, strerror(errno));
		return -1;
	}
	if (!file_system__is(path, CGROUP2_SUPER_MAGIC) || fstat(fd, &info) != 0) {
		close(fd);
		fail("%s is not a directory of cgroup v2: see 'grep cgroup2 /proc/self/mountinfo' for where it is "
		     "mounted",
			path);
		return -1;
	}
	*id = info.st_ino;
	return fd;
}

/* The path of a cgroup as this process sees it. Fails quietly: the cgroup may be gone or out of sight. */
int host__cgroup_path(__u64 id, char path[PATH_MAX])
{
	struct {
		struct file_handle handle;
		__u64 id;
	} target = {.handle = {.handle_bytes = sizeof(__u64), .handle_type = HANDLE_KERNFS}};
	char link[64];
	ssize_t length = -1;
	int root, fd;

	memcpy(target.handle.f_handle, &id, sizeof(id));
	if (host__cgroup_root(path) != EXIT_DONE)
		return EXIT_FAILED;
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = root < 0 ? -1 : open_by_handle_at(root, &target.handle, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length = readlink(link, path, PATH_MAX - 1);
		close(fd);
	}
	if (root >= 0)
		close(root);
	path[length > 0 ? length : 0] = '\0';
	return length > 0 ? EXIT_DONE : EXIT_FAILED;
}

/* True when the directory, or the deepest part of its path that exists, lies in a BPF file system. */
bool host__in_bpf_file_system(const char *directory)
{
	char path[PINS_MAX + 1];
	char *slash;

	snprintf(path, sizeof(path), "%s", directory);
	while (access(path, F_OK) != 0 && (slash = strrchr(path, '/')) != NULL)
		*slash = '\0';
	return file_system__is(path, BPF_FS_MAGIC);
}

/* Reports a directory that cannot hold pins. */
int host__refuse_pins(const char *directory)
{
	return fail("%s is not in a BPF file system: choose a directory below " BPF_FILE_SYSTEM
		    ", or mount one with 'mount -t bpf bpf DIR'",
		directory);
}

static int directory__create(const char *directory)
{
	char path[PINS_MAX + 2];
	char *slash;

	snprintf(path, sizeof(path), "%s/", directory);
	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return fail("cannot create %s: %s", path, strerror(errno));
		*slash = '/';
	}
	return EXIT_DONE;
}

/* Makes the pin directory. Mounts the BPF file system where systemd would, if nothing has; elsewhere that is left to the user. */
int host__prepare_pins(const char *directory)
{
	size_t length = strlen(BPF_FILE_SYSTEM);

	if (strncmp(directory, BPF_FILE_SYSTEM "/", length + 1) == 0 &&
		!file_system__is(BPF_FILE_SYSTEM, BPF_FS_MAGIC) &&
		mount("bpf", BPF_FILE_SYSTEM, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700") != 0)
		return fail("cannot mount the BPF file system: %s; try 'mount -t bpf bpf " BPF_FILE_SYSTEM "'",
			strerror(errno));
	return host__in_bpf_file_system(directory) ? directory__create(directory) : host__refuse_pins(directory);
}

/*
 * Keeps a second run of the tool waiting until this one ends. The lock is on the directory above the pins, which detach does not
 * remove. Returns its descriptor, or -1 when there is no such directory: then nothing is pinned either.
 */
int host__lock(const char *directory)
{
	char path[PINS_MAX + 1];
	int fd;

	snprintf(path, sizeof(path), "%s", directory);
	*strrchr(path, '/') = '\0';
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}
