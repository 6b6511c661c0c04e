// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "receiver.h"

const char *const link_names[LINKS] = {
	[LINK_GETPEERNAME4] = "getpeername4",
	[LINK_GETPEERNAME6] = "getpeername6",
	[LINK_SOCKOPS] = "sockops",
};

const char *const map_names[MAPS] = {
	[MAP_CLIENTS] = "clients",
	[MAP_GATEWAYS] = "gateways",
	[MAP_COUNTERS] = "counters",
	[MAP_SETTINGS] = "settings",
};

void pins__path(char path[PATH_MAX], const char *directory, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", directory, name);
}

/* A descriptor, or -1 with errno; ENOENT: not pinned. */
static int pins__open(const char *directory, const char *name)
{
	char path[PATH_MAX];
	int fd;

	pins__path(path, directory, name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -1 : fd;
}

int pins__open_map(const char *directory, enum map_name map)
{
	return pins__open(directory, map_names[map]);
}

static int link__read(int fd, struct link_state *state)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
		return fail("cannot read a pinned link: %s", strerror(errno));
	state->pinned = true;
	state->cgroup = info.cgroup.cgroup_id;
	return EXIT_DONE;
}

static int settings__read(int fd, __u32 *kind)
{
	struct receiver_settings settings;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(fd, &zero, &settings) != 0)
		return fail("cannot read the pinned settings: %s", strerror(errno));
	*kind = settings.kind;
	return EXIT_DONE;
}

static int map__read(int fd, enum map_name map, struct pins_state *state)
{
	state->maps[map] = true;
	if (map == MAP_GATEWAYS)
		return gateways__read(fd, &state->gateways);
	if (map == MAP_SETTINGS)
		return settings__read(fd, &state->kind);
	return EXIT_DONE;
}

/* Reads everything that is pinned; what is missing is left false or zero. */
int pins__read(const char *directory, struct pins_state *state)
{
	memset(state, 0, sizeof(*state));
	for (int i = 0; i < LINKS + MAPS; i++) {
		const char *name = i < LINKS ? link_names[i] : map_names[i - LINKS];
		int fd = pins__open(directory, name);
		int result;

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return fail("cannot open %s/%s: %s", directory, name, strerror(errno));
		result =
			i < LINKS ? link__read(fd, &state->links[i]) : map__read(fd, (enum map_name)(i - LINKS), state);
		close(fd);
		if (result != EXIT_DONE)
			return result;
	}
	return EXIT_DONE;
}

bool pins__empty(const struct pins_state *state)
{
	for (int i = 0; i < MAPS; i++)
		if (state->maps[i])
			return false;
	for (int i = 0; i < LINKS; i++)
		if (state->links[i].pinned)
			return false;
	return true;
}

/* Everything is there, and all programs are on one living cgroup. */
bool pins__complete(const struct pins_state *state)
{
	for (int i = 0; i < MAPS; i++)
		if (!state->maps[i])
			return false;
	for (int i = 0; i < LINKS; i++)
		if (!state->links[i].pinned || !state->links[i].cgroup ||
			state->links[i].cgroup != state->links[0].cgroup)
			return false;
	return true;
}
