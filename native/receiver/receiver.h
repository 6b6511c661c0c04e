/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sluice-receiver: shared by its commands. Everything the receiver consists of lies pinned under one directory of the BPF file
 * system, so no process stays behind, and what is there is the only state: there is no other file.
 */
#ifndef SLUICE_RECEIVER_H
#define SLUICE_RECEIVER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include "receiver_types.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* for status also: not, or not completely, attached */
	EXIT_USAGE = 2,
};

enum limits {
	PINS_MAX = 1024,
	GATEWAY_TEXT_MAX = 20, /* "255.255.255.255/31" and its end */
};

struct gateway_list {
	size_t count;
	struct receiver_gateway gateways[RECEIVER_GATEWAYS_MAX];
};

struct options {
	const char *cgroup; /* NULL: root of the cgroup v2 hierarchy */
	const char *pins; /* directory of the BPF file system: absolute, no slash at the end, at most PINS_MAX bytes */
	__u32 kind; /* TCP option */
	bool replace;
	bool json;
	struct gateway_list gateways;
};

/* In the order in which they are attached: with the last one, translation begins. */
enum link_name {
	LINK_GETPEERNAME4,
	LINK_GETPEERNAME6,
	LINK_SOCKOPS,
	LINKS,
};

enum map_name {
	MAP_CLIENTS,
	MAP_GATEWAYS,
	MAP_COUNTERS,
	MAP_SETTINGS,
	MAPS,
};

struct link_state {
	bool pinned;
	__u64 cgroup; /* id; 0: the cgroup was removed and the program detached with it */
};

/* What is pinned. */
struct pins_state {
	bool maps[MAPS];
	struct link_state links[LINKS];
	__u32 kind; /* 0: not known */
	struct gateway_list gateways;
};

/* output.c. */
/* Reports on stderr. Returns EXIT_FAILED, so that callers can return it. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void output__json_string(const char *text);
void output__json_gateways(const struct gateway_list *list);
void output__gateways(const struct gateway_list *list, const char *separator);

/* host.c: what the host offers. Each reports why not. */
int host__check(void);
int host__cgroup_root(char path[PATH_MAX]);
int host__open_cgroup(const char *path, __u64 *id);
int host__cgroup_path(__u64 id, char path[PATH_MAX]);
bool host__in_bpf_file_system(const char *directory);
int host__refuse_pins(const char *directory);
int host__prepare_pins(const char *directory);
int host__lock(const char *directory);

/* gateways.c: the allow-list. */
int gateways__add_text(struct gateway_list *list, const char *text);
void gateways__format(const struct receiver_gateway *gateway, char text[GATEWAY_TEXT_MAX]);
bool gateways__contains(const struct gateway_list *list, const struct receiver_gateway *gateway);
int gateways__read(int map, struct gateway_list *list);
int gateways__insert(int map, const struct gateway_list *list);
int gateways__remove(int map, const struct gateway_list *list);
int gateways__replace(int map, const struct gateway_list *list);

/* pins.c: names and contents of the pin directory. */
extern const char *const link_names[LINKS];
extern const char *const map_names[MAPS];
void pins__path(char path[PATH_MAX], const char *directory, const char *name);
int pins__open_map(const char *directory, enum map_name map);
int pins__read(const char *directory, struct pins_state *state);
bool pins__empty(const struct pins_state *state);
bool pins__complete(const struct pins_state *state);

/* The commands. Each returns an exit code. */
int command__attach(const struct options *options);
int command__detach(const struct options *options);
int command__status(const struct options *options);
int command__allow_add(const struct options *options);
int command__allow_remove(const struct options *options);
int command__allow_list(const struct options *options);

#endif
