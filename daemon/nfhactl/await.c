// SPDX-License-Identifier: GPL-2.0-or-later
/* Split and merge that end when what they have begun is over. */

#include <string.h>

#include "nfhactl.h"

/**
 * struct await - what is waited for
 * @r: of whom; the event is @r->until
 * @generation: of the map that the change has made
 * @is_begun: that map has been announced, so what comes now is about it
 * @is_gone: the service, or the instance that drains, has been removed
 * @left: flows that the instance has at the end of its deadline
 */
struct await {
	const struct request *r;
	uint32_t generation;
	bool is_begun, is_gone;
	uint32_t left;
};

int await_open(struct nfha **listener, struct request *r)
{
	int ret = r->await ? nfha_open(listener, r->netns) : 0;

	if (!ret && r->await)
		ret = nfha_event_subscribe(*listener);
	return ret ? refused(*listener, r, ret) : 0;
}

/* Events are about another instance, or about none. */
static bool is_from(const struct await *a, const struct nfha_event *e)
{
	return !strcmp(e->instance, a->r->change.from);
}

static int await_take(const struct nfha_event *e, void *data)
{
	struct await *a = data;
	bool merge = !strcmp(a->r->until, "drain");

	if (strcmp(e->service, a->r->change.service) != 0)
		return 0;
	switch (e->cmd) {
	case NFHA_CMD_MAP_SET_NTF:
		a->is_begun |= e->generation == a->generation;
		return 0;
	case NFHA_CMD_SERVICE_DEL_NTF:
		a->is_gone = true;
		return 1;
	case NFHA_CMD_INSTANCE_DEL_NTF:
		a->is_gone = merge && is_from(a, e);
		return a->is_gone;
	case NFHA_CMD_THRESHOLD_NTF:
		if (merge || !a->is_begun)
			return 0;
		break;
	case NFHA_CMD_DRAIN_NTF:
		if (!merge || !a->is_begun || !is_from(a, e))
			return 0;
		if (e->drain_end == NFHA_DRAIN_END_DEADLINE)
			a->left = e->flows;
		break;
	default:
		return 0;
	}
	event_tell(a->r, e);
	return 1;
}

int await_end(struct nfha *listener, const struct request *r,
	      const struct nfha_changed *changed)
{
	struct await a = { .r = r, .generation = changed->generation };
	int ret = events_read(listener, r, await_take, &a);

	if (ret)
		return ret;
	if (a.is_gone)
		fprintf(stderr, "nfhactl: %s%s: it has been removed meanwhile\n",
			r->command, r->about);
	if (a.left)
		fprintf(stderr,
			"nfhactl: %s%s: the deadline is over and %u flows are left, which stay; \"nfhactl instance delete %s service %s force\" gives them up\n",
			r->command, r->about, a.left, r->change.from,
			r->change.service);
	return a.is_gone || a.left ? EXIT_REFUSED : 0;
}
