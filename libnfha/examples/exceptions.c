// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Gives the exceptions of a service to a service in another namespace.
 *
 * usage: exceptions NETNS SERVICE TO-NETNS TO-SERVICE TO-INSTANCE
 */

#include <libnfha/nfha.h>
#include <stdio.h>
#include <string.h>

#define MAX 2048

struct list {
	struct nfha_flow flow[MAX];
	size_t flows;
};

static int collect(const struct nfha_flow *flow, void *data)
{
	struct list *list = data;

	if (list->flows == MAX)
		return 1;
	list->flow[list->flows++] = *flow;
	return 0;
}

int main(int argc, char **argv)
{
	const struct nfha_flow_filter exceptions = { .exceptions_only = true };
	struct nfha *from = NULL, *to = NULL;
	static struct list list;
	size_t done = 0;
	int ret;

	if (argc != 6) {
		fprintf(stderr,
			"usage: exceptions NETNS SERVICE TO-NETNS TO-SERVICE TO-INSTANCE\n");
		return 2;
	}
	ret = nfha_open(&from, argv[1]);
	if (!ret)
		ret = nfha_open(&to, argv[3]);
	if (!ret)
		ret = nfha_flow_dump(from, argv[2], &exceptions, collect, &list);
	if (ret >= 0 && to)
		ret = nfha_flow_import(to, argv[4], argv[5], list.flow,
				       list.flows, &done);
	if (ret)
		fprintf(stderr, "exceptions: %s\n", strerror(-ret));
	else
		printf("%zu exceptions\n", done);
	nfha_close(to);
	nfha_close(from);
	return ret != 0;
}
