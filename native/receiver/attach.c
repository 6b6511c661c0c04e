// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "receiver.h"
#include "receiver.skel.h"

/* Where the programs go. */
struct place {
	const char *path;
	int fd;
	__u64 id;
};

static struct bpf_program *program__of(const struct receiver *receiver, enum link_name link)
{
	switch (link) {
	case LINK_GETPEERNAME4:
		return receiver->progs.receiver_getpeername4;
	case LINK_GETPEERNAME6:
		return receiver->progs.receiver_getpeername6;
	default:
		return receiver->progs.receiver_established;
	}
}

static bool allow_lists__differ(const struct gateway_list *a, const struct gateway_list *b)
{
	if (a->count != b->count)
		return true;
	for (size_t i = 0; i < a->count; i++)
		if (!gateways__contains(b, &a->gateways[i]))
			return true;
	return false;
}

/* An attachment that works is changed only when asked to; one that a killed run left unfinished is simply finished. */
static int options__agree(const struct options *options, const struct place *place, const struct pins_state *state)
{
	char path[PATH_MAX];

	if (options->replace || !pins__complete(state))
		return EXIT_DONE;
	if (state->links[0].cgroup != place->id)
		return fail("already attached to another cgroup, %s: add --replace to move to %s, or run "
			    "'sluice-receiver detach' first",
			host__cgroup_path(state->links[0].cgroup, path) == EXIT_DONE ? path : "out of sight from here",
			place->path);
	if (state->kind != options->kind)
		return fail("already attached for option kind %u: add --replace to change it to %u", state->kind,
			options->kind);
	if (allow_lists__differ(&state->gateways, &options->gateways))
		return fail("already attached with another allow-list: add --replace to make it exactly the one given, "
			    "or use "
			    "'sluice-receiver allow add' and 'allow remove'");
	return EXIT_DONE;
}

static int map__check_reusable(const struct bpf_map *map, int fd, const char *directory)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
		return fail("cannot read the pinned map %s: %s", bpf_map__name(map), strerror(errno));
	if (info.type == bpf_map__type(map) && info.key_size == bpf_map__key_size(map) &&
		info.value_size == bpf_map__value_size(map) && info.max_entries == bpf_map__max_entries(map))
		return EXIT_DONE;
	return fail("%s holds the maps of another version: run 'sluice-receiver detach', then attach; connections "
		    "accepted until then "
		    "show the gateway's address from there on",
		directory);
}

/* Maps that are pinned already go on being used, with what is in them; the others are pinned when they are created. */
static int maps__place(const struct receiver *receiver, const char *directory, const struct pins_state *state)
{
	struct bpf_map *maps[MAPS] = {
		[MAP_CLIENTS] = receiver->maps.clients,
		[MAP_GATEWAYS] = receiver->maps.gateways,
		[MAP_COUNTERS] = receiver->maps.counters,
		[MAP_SETTINGS] = receiver->maps.settings,
	};

	for (int i = 0; i < MAPS; i++) {
		char path[PATH_MAX];
		int fd, result;

		pins__path(path, directory, map_names[i]);
		if (bpf_map__set_pin_path(maps[i], path) != 0)
			return fail("out of memory");
		if (!state->maps[i])
			continue;
		fd = pins__open_map(directory, i);
		result = fd < 0 ? fail("cannot open %s: %s", path, strerror(errno))
				: map__check_reusable(maps[i], fd, directory);
		if (fd >= 0)
			close(fd);
		if (result != EXIT_DONE)
			return result;
	}
	return EXIT_DONE;
}

static int receiver__fill(const struct receiver *receiver, const struct options *options)
{
	const struct receiver_settings settings = {.kind = options->kind};
	const __u32 zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(receiver->maps.settings), &zero, &settings, BPF_ANY) != 0)
		return fail("cannot write the settings: %s", strerror(errno));
	return gateways__replace(bpf_map__fd(receiver->maps.gateways), &options->gateways);
}

/* The pinned link gets the new program: not one connection goes unnoticed. */
static int link__update(const char *path, const struct bpf_program *program)
{
	int fd = bpf_obj_get(path);
	int result = EXIT_DONE;

	if (fd < 0)
		return fail("cannot open %s: %s", path, strerror(errno));
	if (bpf_link_update(fd, bpf_program__fd(program), NULL) != 0)
		result = fail("cannot replace the program of %s: %s", path, strerror(errno));
	close(fd);
	return result;
}

/* A pin of the same name goes only after the new program is at work. */
static int link__create(const char *path, const struct bpf_program *program, const struct place *place)
{
	int fd = bpf_link_create(bpf_program__fd(program), place->fd, bpf_program__expected_attach_type(program), NULL);
	int result = EXIT_DONE;

	if (fd < 0 && errno == EPERM)
		return fail("the kernel does not let programs be added to the cgroup %s: another one holds it, or one "
			    "above it, for "
			    "itself ('bpftool cgroup tree' shows which)",
			place->path);
	if (fd < 0)
		return fail("cannot attach %s to the cgroup %s: %s", bpf_program__name(program), place->path,
			strerror(errno));
	if (unlink(path) != 0 && errno != ENOENT)
		result = fail("cannot replace %s: %s", path, strerror(errno));
	else if (bpf_obj_pin(fd, path) != 0)
		result = fail("cannot pin %s: %s", path, strerror(errno));
	close(fd);
	return result;
}

static int links__place(const struct receiver *receiver, const char *directory, const struct place *place,
	const struct pins_state *state)
{
	for (int i = 0; i < LINKS; i++) {
		const struct bpf_program *program = program__of(receiver, i);
		char path[PATH_MAX];
		int result;

		pins__path(path, directory, link_names[i]);
		if (state->links[i].pinned && state->links[i].cgroup == place->id)
			result = link__update(path, program);
		else
			result = link__create(path, program, place);
		if (result != EXIT_DONE)
			return result;
	}
	return EXIT_DONE;
}

/* Load, fill, attach: in this order, so that a program at work never meets an empty allow-list. */
static int receiver__start(const struct options *options, const struct place *place, const struct pins_state *state)
{
	struct receiver *receiver = receiver__open();
	int result;

	if (!receiver)
		return fail("cannot read the built-in programs: %s", strerror(errno));
	result = maps__place(receiver, options->pins, state);
	if (result == EXIT_DONE && receiver__load(receiver) != 0)
		result = fail("the kernel did not take the programs: %s; 'attach --verbose' shows its reasons",
			strerror(errno));
	if (result == EXIT_DONE)
		result = receiver__fill(receiver, options);
	if (result == EXIT_DONE)
		result = links__place(receiver, options->pins, place, state);
	receiver__destroy(receiver);
	return result;
}

/* Ends a link now: unpinned, the kernel takes it off its cgroup some time later. One whose cgroup is gone has ended already. */
static void link__detach(const char *path)
{
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return;
	bpf_link_detach(fd);
	close(fd);
}

/* Unpins everything, which ends it. Translation first, so that no new connection is translated that could not be shown. */
static int pins__remove(const char *directory)
{
	int result = EXIT_DONE;

	for (int i = LINKS + MAPS - 1; i >= 0; i--) {
		int name = i >= MAPS ? i - MAPS : LINKS + i;
		char path[PATH_MAX];

		pins__path(path, directory, name < LINKS ? link_names[name] : map_names[name - LINKS]);
		if (name < LINKS)
			link__detach(path);
		if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
			result = fail("cannot remove %s: %s", path, strerror(errno));
	}
	if (result == EXIT_DONE && rmdir(directory) != 0 && errno != ENOENT && errno != ENOTDIR && errno != ENOTEMPTY)
		result = fail("cannot remove %s: %s", directory, strerror(errno));
	return result;
}

static void attach__report(const struct options *options, const struct place *place)
{
	printf("attached to %s: TCP option %u is believed from ", place->path, options->kind);
	output__gateways(&options->gateways, ", ");
	printf("\n");
}

static int attach__locked(const struct options *options, const struct place *place)
{
	static struct pins_state state;
	int result;

	if (pins__read(options->pins, &state) != EXIT_DONE || options__agree(options, place, &state) != EXIT_DONE)
		return EXIT_FAILED;
	result = receiver__start(options, place, &state);
	if (result == EXIT_DONE)
		attach__report(options, place);
	else if (pins__empty(&state))
		pins__remove(options->pins);
	return result;
}

int command__attach(const struct options *options)
{
	struct place place = {.path = options->cgroup};
	char root[PATH_MAX];
	int result, lock;

	if (host__check() != EXIT_DONE)
		return EXIT_FAILED;
	if (!place.path && host__cgroup_root(root) != EXIT_DONE)
		return EXIT_FAILED;
	if (!place.path)
		place.path = root;
	place.fd = host__open_cgroup(place.path, &place.id);
	if (place.fd < 0)
		return EXIT_FAILED;
	result = host__prepare_pins(options->pins);
	lock = host__lock(options->pins);
	if (result == EXIT_DONE)
		result = attach__locked(options, &place);
	if (lock >= 0)
		close(lock);
	close(place.fd);
	return result;
}

int command__detach(const struct options *options)
{
	int result, lock;

	if (host__check() != EXIT_DONE)
		return EXIT_FAILED;
	/* Elsewhere files that happen to have the names of pins would be deleted. */
	if (access(options->pins, F_OK) == 0 && !host__in_bpf_file_system(options->pins))
		return host__refuse_pins(options->pins);
	lock = host__lock(options->pins);
	result = pins__remove(options->pins);
	if (lock >= 0)
		close(lock);
	if (result == EXIT_DONE)
		printf("detached\n");
	return result;
}
