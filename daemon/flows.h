/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FLOWS_H
#define FLOWS_H

#include <libnfha/nfha.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct flows - living flows that another service is told of
 * @flow: them
 * @count: how many
 * @room: for how many; all 0 is a list without any
 */
struct flows {
	struct nfha_flow *flow;
	size_t count;
	size_t room;
};

/* Is it over? It would live for hours where nobody sees that it is. */
bool flow_is_over(const struct nfha_flow *flow);

/**
 * flows_add - one more of them
 * @flow: the flow; one that is over is left out
 * @flows: a struct flows; so that it can be a dump's function
 *
 * Return: 0 or -ENOMEM.
 */
int flows_add(const struct nfha_flow *flow, void *flows);

/* There are none from here on. */
void flows_free(struct flows *flows);

#endif /* FLOWS_H */
