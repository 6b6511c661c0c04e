// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "receiver.h"

/* Runs one change or query on the allow-list of what is attached. */
static int allow__run(const struct options *options, int (*act)(int map, const struct options *options))
{
	int result, lock, map;

	if (host__check() != EXIT_DONE)
		return EXIT_FAILED;
	lock = host__lock(options->pins);
	map = pins__open_map(options->pins, MAP_GATEWAYS);
	if (map >= 0)
		result = act(map, options);
	else if (errno == ENOENT)
		result = fail("not attached: run 'sluice-receiver attach --gateway ADDRESS' first");
	else
		result = fail("cannot open the allow-list under %s: %s", options->pins, strerror(errno));
	if (map >= 0)
		close(map);
	if (lock >= 0)
		close(lock);
	return result;
}

static int allow__add(int map, const struct options *options)
{
	return gateways__insert(map, &options->gateways);
}

static int allow__remove(int map, const struct options *options)
{
	return gateways__remove(map, &options->gateways);
}

static int allow__list(int map, const struct options *options)
{
	static struct gateway_list list;

	if (gateways__read(map, &list) != EXIT_DONE)
		return EXIT_FAILED;
	if (options->json)
		output__json_gateways(&list);
	else
		output__gateways(&list, "\n");
	if (options->json || list.count)
		printf("\n");
	return EXIT_DONE;
}

int command__allow_add(const struct options *options)
{
	return allow__run(options, allow__add);
}

int command__allow_remove(const struct options *options)
{
	return allow__run(options, allow__remove);
}

int command__allow_list(const struct options *options)
{
	return allow__run(options, allow__list);
}
