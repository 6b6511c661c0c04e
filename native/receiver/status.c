// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "receiver.h"

/* How a counter is called: in JSON, in the table, and what it means. */
struct counter_text {
	const char *key;
	const char *title;
	const char *meaning;
};

static const struct counter_text counter_texts[RECEIVER_COUNTERS] = {
	[RECEIVER_TRANSLATED] = {"translated", "translated", "programs see the client"},
	[RECEIVER_WITHOUT_OPTION] = {"without_option", "without option",
		"from a gateway: health checks, or a listener without TOA"},
	[RECEIVER_NOT_ALLOWED] = {"not_allowed", "not allowed",
		"option from a source that is not on the allow-list, ignored"},
	[RECEIVER_MALFORMED] = {"malformed", "malformed",
		"from a gateway: option of another length; programs see the gateway"},
	[RECEIVER_NO_MEMORY] = {"no_memory", "no memory", "to keep the client's address; programs see the gateway"},
};

/* Adds up the counters over all CPUs. */
static int counters__read(const char *directory, __u64 totals[RECEIVER_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus();
	int map = pins__open_map(directory, MAP_COUNTERS);
	__u64 *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;
	int result = EXIT_DONE;

	if (map < 0 || !values)
		result = fail("cannot read the counters: %s", strerror(errno));
	for (__u32 i = 0; result == EXIT_DONE && i < RECEIVER_COUNTERS; i++) {
		totals[i] = 0;
		if (bpf_map_lookup_elem(map, &i, values) != 0)
			result = fail("cannot read the counters: %s", strerror(errno));
		for (int cpu = 0; result == EXIT_DONE && cpu < cpus; cpu++)
			totals[i] += values[cpu];
	}
	free(values);
	if (map >= 0)
		close(map);
	return result;
}

static const char *state__name(const struct pins_state *state)
{
	if (pins__empty(state))
		return "detached";
	return pins__complete(state) ? "attached" : "incomplete";
}

/* One part that is not as it should be. */
struct fault {
	const char *name;
	const char *text;
};

static size_t state__faults(const struct pins_state *state, struct fault faults[MAPS + LINKS])
{
	size_t count = 0;

	for (int i = 0; i < MAPS; i++)
		if (!state->maps[i])
			faults[count++] = (struct fault){map_names[i], "is missing"};
	for (int i = 0; i < LINKS; i++) {
		const struct link_state *link = &state->links[i];

		if (!link->pinned)
			faults[count++] = (struct fault){link_names[i], "is missing"};
		else if (!link->cgroup)
			faults[count++] =
				(struct fault){link_names[i], "is attached to nothing: its cgroup was removed"};
		else if (state->links[0].cgroup && link->cgroup != state->links[0].cgroup)
			faults[count++] = (struct fault){link_names[i], "is attached to another cgroup than the rest"};
	}
	return count;
}

static const char *cgroup__of(const struct pins_state *state, char path[PATH_MAX])
{
	for (int i = 0; i < LINKS; i++)
		if (state->links[i].cgroup && host__cgroup_path(state->links[i].cgroup, path) == EXIT_DONE)
			return path;
	return NULL;
}

static void status__print_text(const struct options *options, const struct pins_state *state, const __u64 *totals)
{
	struct fault faults[MAPS + LINKS];
	size_t count = state__faults(state, faults);
	char path[PATH_MAX];
	const char *cgroup = cgroup__of(state, path);

	printf("state         %s\n", state__name(state));
	if (pins__empty(state))
		return;
	printf("cgroup        %s\n", cgroup ? cgroup : "none that can be seen from here");
	printf("option kind   %u\n", state->kind);
	printf("gateways      ");
	output__gateways(&state->gateways, ", ");
	printf("\npinned under  %s\n", options->pins);
	if (count)
		printf("\nNot complete; 'sluice-receiver attach' finishes it, 'sluice-receiver detach' removes it:\n");
	for (size_t i = 0; i < count; i++)
		printf("  %s %s\n", faults[i].name, faults[i].text);
	if (totals)
		printf("\nTCP connections accepted\n");
	for (int i = 0; totals && i < RECEIVER_COUNTERS; i++)
		printf("  %-15s %12llu  %s\n", counter_texts[i].title, (unsigned long long)totals[i],
			counter_texts[i].meaning);
}

static void status__print_json(const struct options *options, const struct pins_state *state, const __u64 *totals)
{
	struct fault faults[MAPS + LINKS];
	size_t count = pins__empty(state) ? 0 : state__faults(state, faults);
	char path[PATH_MAX];
	const char *cgroup = cgroup__of(state, path);

	printf("{\"state\":\"%s\",\"cgroup\":", state__name(state));
	if (cgroup)
		output__json_string(cgroup);
	else
		printf("null");
	printf(",\"kind\":%u,\"gateways\":", state->kind);
	output__json_gateways(&state->gateways);
	printf(",\"pinned_under\":");
	output__json_string(options->pins);
	printf(",\"faults\":[");
	for (size_t i = 0; i < count; i++)
		printf("%s\"%s %s\"", i ? "," : "", faults[i].name, faults[i].text);
	printf("],\"connections\":");
	for (int i = 0; totals && i < RECEIVER_COUNTERS; i++)
		printf("%s\"%s\":%llu", i ? "," : "{", counter_texts[i].key, (unsigned long long)totals[i]);
	printf("%s}\n", totals ? "}" : "null");
}

/* Exit code 0 only when attached completely: a monitoring job needs no more than that. */
int command__status(const struct options *options)
{
	static struct pins_state state;
	__u64 totals[RECEIVER_COUNTERS];
	bool counted;

	if (host__check() != EXIT_DONE || pins__read(options->pins, &state) != EXIT_DONE)
		return EXIT_FAILED;
	counted = state.maps[MAP_COUNTERS];
	if (counted && counters__read(options->pins, totals) != EXIT_DONE)
		return EXIT_FAILED;
	if (options->json)
		status__print_json(options, &state, counted ? totals : NULL);
	else
		status__print_text(options, &state, counted ? totals : NULL);
	return pins__complete(&state) ? EXIT_DONE : EXIT_FAILED;
}
