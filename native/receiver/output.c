// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include "receiver.h"

int fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "sluice-receiver: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	return EXIT_FAILED;
}

void output__json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

void output__json_gateways(const struct gateway_list *list)
{
	printf("[");
	for (size_t i = 0; i < list->count; i++) {
		char text[GATEWAY_TEXT_MAX];

		gateways__format(&list->gateways[i], text);
		printf("%s\"%s\"", i ? "," : "", text);
	}
	printf("]");
}

void output__gateways(const struct gateway_list *list, const char *separator)
{
	for (size_t i = 0; i < list->count; i++) {
		char text[GATEWAY_TEXT_MAX];

		gateways__format(&list->gateways[i], text);
		printf("%s%s", i ? separator : "", text);
	}
}
