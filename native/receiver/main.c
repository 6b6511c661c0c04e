// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "receiver.h"

enum {
	KIND_DEFAULT = 254,
	KIND_FIRST = 35, /* below: options that TCP itself uses */
	KIND_LAST = 254,
};

static const char help[] = "Programs on this host see the real client behind a Sluice gateway: accept() and\n"
			   "getpeername() return the client's address. No process stays behind.\n"
			   "\n"
			   "Usage\n"
			   "  sluice-receiver attach --gateway ADDRESS[/LENGTH]... [options]\n"
			   "  sluice-receiver detach\n"
			   "  sluice-receiver status [-o json]\n"
			   "  sluice-receiver allow add|remove ADDRESS[/LENGTH]...\n"
			   "  sluice-receiver allow list [-o json]\n"
			   "\n"
			   "Options of attach\n"
			   "  -g, --gateway ADDRESS[/LENGTH]  local address or network of a gateway, whose word is\n"
			   "                                  believed; several may follow, at most 1024\n"
			   "  -c, --cgroup PATH               only programs in this cgroup (default: the root of\n"
			   "                                  cgroup v2, that is all programs, containers too)\n"
			   "  -k, --kind NUMBER               TCP option kind, 35 to 254 (default 254)\n"
			   "  -r, --replace                   change what is attached, without a gap\n"
			   "\n"
			   "Options of all commands\n"
			   "  -p, --pin DIR                   where the receiver is pinned\n"
			   "                                  (default /sys/fs/bpf/sluice-receiver)\n"
			   "  -v, --verbose                   show what libbpf and the kernel's verifier say\n"
			   "  -h, --help    -V, --version\n"
			   "\n"
			   "Examples\n"
			   "  sluice-receiver attach --gateway 198.18.1.10 198.18.1.16/30\n"
			   "  sluice-receiver status\n"
			   "  sluice-receiver allow add 198.18.2.10\n"
			   "\n"
			   "Exit codes\n"
			   "  0  done; status: attached\n"
			   "  1  failed; status: not, or not completely, attached\n"
			   "  2  wrong usage, nothing was changed\n";

static const struct option long_options[] = {
	{"gateway", required_argument, NULL, 'g'},
	{"cgroup", required_argument, NULL, 'c'},
	{"kind", required_argument, NULL, 'k'},
	{"replace", no_argument, NULL, 'r'},
	{"pin", required_argument, NULL, 'p'},
	{"output", required_argument, NULL, 'o'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

enum operands {
	OPERANDS_NONE,
	OPERANDS_GATEWAYS, /* one at least, as operands or after --gateway */
};

struct command {
	const char *name;
	const char *verb; /* second word, or NULL */
	const char *accepts; /* short options besides -p, -v, -h and -V */
	enum operands operands;
	int (*run)(const struct options *options);
};

static const struct command commands[] = {
	{"attach", NULL, "gckr", OPERANDS_GATEWAYS, command__attach},
	{"detach", NULL, "", OPERANDS_NONE, command__detach},
	{"status", NULL, "o", OPERANDS_NONE, command__status},
	{"allow", "add", "", OPERANDS_GATEWAYS, command__allow_add},
	{"allow", "remove", "", OPERANDS_GATEWAYS, command__allow_remove},
	{"allow", "list", "o", OPERANDS_NONE, command__allow_list},
};

static int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "sluice-receiver: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "; see 'sluice-receiver --help'\n");
	va_end(arguments);
	return EXIT_USAGE;
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static int print_all(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	return vfprintf(stderr, format, arguments);
}

static int kind__parse(const char *text, __u32 *kind)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < KIND_FIRST || value > KIND_LAST)
		return usage("--kind '%s' is not a number from %d to %d", text, KIND_FIRST, KIND_LAST);
	*kind = (__u32)value;
	return EXIT_DONE;
}

/* Slashes at the end go, so that the directory above is the last component less. */
static int pins__parse(char *text, const char **pins)
{
	size_t length = strlen(text);

	while (length > 1 && text[length - 1] == '/')
		text[--length] = '\0';
	if (text[0] != '/' || length < 2 || length > PINS_MAX)
		return usage("--pin '%s' is not an absolute path of at most %d bytes", text, PINS_MAX);
	*pins = text;
	return EXIT_DONE;
}

static int output__parse(const char *text, bool *json)
{
	*json = strcmp(text, "json") == 0;
	if (!*json && strcmp(text, "table") != 0)
		return usage("--output '%s' is neither json nor table", text);
	return EXIT_DONE;
}

static int option__apply(struct options *options, int option)
{
	switch (option) {
	case 'g':
		return gateways__add_text(&options->gateways, optarg);
	case 'c':
		options->cgroup = optarg;
		return EXIT_DONE;
	case 'k':
		return kind__parse(optarg, &options->kind);
	case 'r':
		options->replace = true;
		return EXIT_DONE;
	case 'p':
		return pins__parse(optarg, &options->pins);
	case 'o':
		return output__parse(optarg, &options->json);
	case 'v':
		libbpf_set_print(print_all);
		return EXIT_DONE;
	default: /* getopt has said what is wrong */
		fprintf(stderr, "see 'sluice-receiver --help'\n");
		return EXIT_USAGE;
	}
}

/* The command that the leading words name; `words` becomes their number. */
static const struct command *command__find(int count, char **arguments, int *words)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *command = &commands[i];

		*words = command->verb ? 2 : 1;
		if (count >= *words && strcmp(arguments[0], command->name) == 0 &&
			(!command->verb || strcmp(arguments[1], command->verb) == 0))
			return command;
	}
	return NULL;
}

static int operands__apply(struct options *options, const struct command *command, int count, char **operands)
{
	if (command->operands == OPERANDS_NONE && count)
		return usage("'%s' is too much", operands[0]);
	for (int i = 0; i < count; i++)
		if (gateways__add_text(&options->gateways, operands[i]) != EXIT_DONE)
			return EXIT_USAGE;
	if (command->operands == OPERANDS_GATEWAYS && !options->gateways.count)
		return usage(command->verb ? "name at least one ADDRESS"
					   : "name at least one gateway with --gateway ADDRESS");
	return EXIT_DONE;
}

int main(int count, char **arguments)
{
	static struct options options = {.pins = "/sys/fs/bpf/sluice-receiver", .kind = KIND_DEFAULT};
	const struct command *command;
	char given[16] = "";
	int option, words;

	libbpf_set_print(print_nothing);
	while ((option = getopt_long(count, arguments, "g:c:k:rp:o:vhV", long_options, NULL)) != -1) {
		if (option == 'h')
			return fputs(help, stdout) == EOF ? EXIT_FAILED : EXIT_DONE;
		if (option == 'V')
			return printf("sluice-receiver %s\n", SLUICE_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
		if (option__apply(&options, option) != EXIT_DONE)
			return EXIT_USAGE;
		if (strchr("gckro", option) && !strchr(given, option))
			given[strlen(given)] = (char)option;
	}
	if (optind == count)
		return usage("no command given");
	command = command__find(count - optind, arguments + optind, &words);
	if (!command)
		return usage("'%s%s%s' is no command", arguments[optind], optind + 1 < count ? " " : "",
			optind + 1 < count ? arguments[optind + 1] : "");
	if (given[strspn(given, command->accepts)])
		return usage("%s takes no option -%c", command->name, given[strspn(given, command->accepts)]);
	if (operands__apply(&options, command, count - optind - words, arguments + optind + words) != EXIT_DONE)
		return EXIT_USAGE;
	return command->run(&options);
}
