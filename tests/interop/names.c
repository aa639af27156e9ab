/* SPDX-License-Identifier: MIT */
/*
 * A plain program that asks for names: one line an argument
 *
 *	names [4|6|0]NAME | @ADDRESS ...
 *
 * "NAME: CANONICAL ADDRESS ..." or "NAME: the error". An address alone of the
 * family (0: both) counts; '@' asks for the name of one.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void forward(const char *name, int family)
{
	const struct addrinfo hints = { .ai_family = family,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_CANONNAME };
	struct addrinfo *list;
	int err = getaddrinfo(name, NULL, &hints, &list);

	printf("%s:", name);
	if (err) {
		printf(" %s\n", gai_strerror(err));
		return;
	}
	printf(" %s", list->ai_canonname);
	for (struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		char host[100];

		if (!getnameinfo(ai->ai_addr, ai->ai_addrlen, host,
				 sizeof(host), NULL, 0, NI_NUMERICHOST))
			printf(" %s", host);
	}
	putchar('\n');
	freeaddrinfo(list);
}

static void backward(const char *address)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *ai;
	char name[NI_MAXHOST];
	int err = getaddrinfo(address, NULL, &hints, &ai);

	if (err) {
		printf("%s: %s\n", address, gai_strerror(err));
		return;
	}
	err = getnameinfo(ai->ai_addr, ai->ai_addrlen, name, sizeof(name), NULL,
			  0, NI_NAMEREQD);
	printf("%s: %s\n", address, err ? gai_strerror(err) : name);
	freeaddrinfo(ai);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + 1;

		if (*argv[i] == '@')
			backward(name);
		else
			forward(name, *argv[i] == '4'	? AF_INET
				      : *argv[i] == '6' ? AF_INET6
							: AF_UNSPEC);
	}
	return 0;
}
