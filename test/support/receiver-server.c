// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server as the receiver's tests need one: receiver-server PORT [ipv6] [defer] [multipath]
 *
 * It says who the client is once after accept4() and again, with a fresh getpeername(), for every piece of data it receives:
 * "accept=ADDRESS:PORT peer=ADDRESS:PORT". With `defer` it keeps silent until there is data.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

union endpoint {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static void endpoint__format(const union endpoint *endpoint, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	const void *raw = endpoint->any.sa_family == AF_INET ? (const void *)&endpoint->ipv4.sin_addr
							     : (const void *)&endpoint->ipv6.sin6_addr;

	inet_ntop(endpoint->any.sa_family, raw, address, sizeof(address));
	snprintf(text, size, "%s:%u", address, ntohs(endpoint->ipv4.sin_port));
}

static int peer__tell(int connection, const union endpoint *accepted)
{
	union endpoint peer;
	socklen_t length = sizeof(peer);
	char accept_text[64], peer_text[64];

	if (getpeername(connection, &peer.any, &length) != 0)
		return -1;
	endpoint__format(accepted, accept_text, sizeof(accept_text));
	endpoint__format(&peer, peer_text, sizeof(peer_text));
	return dprintf(connection, "accept=%s peer=%s\n", accept_text, peer_text);
}

static void connection__serve(int connection, const union endpoint *accepted)
{
	char data[512];

	while (peer__tell(connection, accepted) > 0 && read(connection, data, sizeof(data)) > 0)
		;
}

static int listener__open(int port, int ipv6, int defer, int protocol)
{
	union endpoint own = {.ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
	int off = 0, on = 1, seconds = 10;
	int listener;

	if (!ipv6)
		own = (union endpoint){.ipv4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
	listener = socket(own.any.sa_family, SOCK_STREAM, protocol);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ipv6)
		setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (defer)
		setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
	if (bind(listener, &own.any, ipv6 ? sizeof(own.ipv6) : sizeof(own.ipv4)) != 0 || listen(listener, 64) != 0) {
		perror("receiver-server");
		exit(1);
	}
	return listener;
}

int main(int count, char **arguments)
{
	int ipv6 = 0, defer = 0, protocol = IPPROTO_TCP;
	int listener;

	for (int i = 2; i < count; i++) {
		ipv6 |= strcmp(arguments[i], "ipv6") == 0;
		defer |= strcmp(arguments[i], "defer") == 0;
		if (strcmp(arguments[i], "multipath") == 0)
			protocol = IPPROTO_MPTCP;
	}
	if (count < 2)
		return 2;
	signal(SIGCHLD, SIG_IGN);
	listener = listener__open(atoi(arguments[1]), ipv6, defer, protocol);
	for (;;) {
		union endpoint accepted;
		socklen_t length = sizeof(accepted);
		int connection = accept4(listener, &accepted.any, &length, SOCK_CLOEXEC);

		if (connection >= 0 && fork() == 0) {
			close(listener);
			connection__serve(connection, &accepted);
			_exit(0);
		}
		if (connection >= 0)
			close(connection);
	}
}
