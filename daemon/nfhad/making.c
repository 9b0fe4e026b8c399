// SPDX-License-Identifier: GPL-2.0-or-later
/* Instances that are made of templates. */

#include <errno.h>
#include <fcntl.h>
#include <libnfha/nfha.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_made.h"
#include "group.h"
#include "links.h"
#include "making.h"
#include "netns.h"
#include "plan.h"
#include "said.h"
#include "space.h"
#include "stray.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct making - of an instance
 * @service: its service
 * @instance: the instance
 * @here: descriptor of the daemon's namespace
 * @host: connection to that
 * @netns: connection to that of the instance, or NULL
 * @module: connection to the module
 * @said: what could not be done
 */
struct making {
	const char *service;
	const struct nfhad_instance_config *instance;
	int here;
	struct nl_sock *host;
	struct nl_sock *netns;
	struct nfha *module;
	char *said;
};

static int own_namespace(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

/* In the new namespace, which nobody else knows yet. */
static int space_ready(void *data)
{
	struct making *m = data;
	int ret, netns = own_namespace();

	if (netns < 0)
		return netns;
	ret = nfhad_links_open(netns, netns, &m->netns);
	close(netns);
	return ret ?: nfhad_links_mark(m->netns, m->instance->made->mark);
}

/* -EPERM for the daemon's own: what is in it is the host's. */
static int space_open(struct making *m)
{
	int ret, netns = nfhad_netns_open(m->instance->netns);
	ino_t own = 0, its = 0;

	if (netns < 0)
		return netns;
	nfhad_netns_inode(m->here, &own);
	nfhad_netns_inode(netns, &its);
	if (own == its) {
		close(netns);
		nfhad_said(m->said,
			   "network namespace %s: expected one of its own, got the daemon's",
			   m->instance->netns);
		return -EPERM;
	}
	ret = nfhad_links_open(netns, m->here, &m->netns);
	close(netns);
	return ret;
}

static int space_make(void *data)
{
	struct making *m = data;
	int ret = space_open(m);

	if (ret == -ENOENT || ret == -ENOTTY)
		ret = nfhad_space_make(m->instance->netns, m->here, space_ready, m);
	if (ret && !*m->said)
		nfhad_said(m->said, "network namespace %s: %s", m->instance->netns,
			   strerror(-ret));
	return ret;
}

/* One that somebody else has made stays. */
static int space_remove(void *data)
{
	struct making *m = data;
	int ret = m->netns ? 0 : space_open(m);

	if (ret == -ENOENT || ret == -EPERM)
		return 0;
	if (ret || !nfhad_links_is_marked(m->netns, m->instance->made->mark))
		return ret;
	ret = nfhad_stray_kill(m->instance->netns);
	return ret ?: nfhad_space_remove(m->instance->netns);
}

/* False if there is no such port. */
static bool link_of(const struct making *m, enum nfhad_side side,
		    struct nfhad_link *link)
{
	const struct nfhad_made_config *made = m->instance->made;

	*link = (struct nfhad_link){
		.mark = made->mark,
		.device = made->device[side],
		.port = &made->template->port[side],
		.own = m->instance->addresses.address[side],
	};
	link->name = link->port->name ?: nfhad_config_sides[side];
	return link->device;
}

static int port_make(struct making *m, enum nfhad_side side)
{
	struct nfhad_link link;

	if (!link_of(m, side, &link))
		return 0;
	return nfhad_links_make(m->host, m->netns, m->here, &link, m->said);
}

static int left_make(void *data)
{
	return port_make(data, NFHAD_SIDE_LEFT);
}

static int right_make(void *data)
{
	return port_make(data, NFHAD_SIDE_RIGHT);
}

static int port_remove(struct making *m, enum nfhad_side side)
{
	struct nfhad_link link;

	if (!link_of(m, side, &link))
		return 0;
	return nfhad_links_remove(m->host, link.device, link.mark);
}

static int left_remove(void *data)
{
	return port_remove(data, NFHAD_SIDE_LEFT);
}

static int right_remove(void *data)
{
	return port_remove(data, NFHAD_SIDE_RIGHT);
}

static int settings_make(void *data)
{
	struct making *m = data;
	char *const *setting = m->instance->made->template->sysctls;
	struct nfhad_link link;
	enum nfhad_side side;
	int ret = 0;

	for (; !ret && setting && *setting; setting++)
		ret = nfhad_netns_set(m->instance->netns, m->here, *setting,
				      m->said);
	for (side = 0; !ret && side < NFHAD_SIDES; side++)
		if (link_of(m, side, &link))
			ret = nfhad_links_settle(m->netns, &link, m->said);
	for (side = 0; !ret && side < NFHAD_SIDES; side++)
		if (link_of(m, side, &link))
			ret = nfhad_links_route(m->netns, &link, m->said);
	return ret;
}

/* They go with the devices and the namespace. */
static int settings_remove(void *data)
{
	(void)data;
	return 0;
}

static int group_make(void *data)
{
	struct making *m = data;
	const struct nfhad_made_config *made = m->instance->made;

	if (!made->group)
		return 0;
	return nfhad_group_make(made->group, &made->template->limits, m->said);
}

static int group_remove(void *data)
{
	const struct making *m = data;
	const char *group = m->instance->made->group;

	return group ? nfhad_group_remove(group) : 0;
}

static void place_of(const struct making *m, struct nfha_instance *place)
{
	static const uint32_t sides[] = {
		[NFHAD_SIDE_LEFT] = NFHA_SIDE_LEFT,
		[NFHAD_SIDE_RIGHT] = NFHA_SIDE_RIGHT,
	};
	struct nfhad_link link;
	enum nfhad_side side;

	memset(place, 0, sizeof(*place));
	snprintf(place->service, sizeof(place->service), "%s", m->service);
	snprintf(place->name, sizeof(place->name), "%s", m->instance->name);
	for (side = 0; side < NFHAD_SIDES; side++) {
		struct nfha_port *port = &place->port[place->ports];

		if (!link_of(m, side, &link))
			continue;
		port->side = sides[side];
		snprintf(port->ifname, sizeof(port->ifname), "%s", link.device);
		place->ports++;
	}
}

/* Are all ports that the module has of it among ours? */
static bool has_our_ports(const struct nfha_instance *answer,
			  const struct nfha_instance *place)
{
	unsigned int n, k;

	for (n = 0; n < answer->ports; n++) {
		for (k = 0; k < place->ports; k++)
			if (answer->port[n].side == place->port[k].side &&
			    !strcmp(answer->port[n].ifname, place->port[k].ifname))
				break;
		if (k == place->ports)
			return false;
	}
	return true;
}

static int module_said(const struct making *m, int ret)
{
	const char *text = m->module ? nfha_error(m->module) : "";

	if (ret)
		nfhad_said(m->said, "the module does not take it: %s",
			   *text ? text : strerror(-ret));
	return ret;
}

static int module_open(struct making *m)
{
	return m->module ? 0 : nfha_open(&m->module, NULL);
}

static int place_make(void *data)
{
	struct nfha_instance place, answer;
	struct making *m = data;
	int ret = module_open(m);

	if (ret)
		return module_said(m, ret);
	place_of(m, &place);
	ret = nfha_instance_get(m->module, m->service, place.name, &answer);
	if (!ret && !has_our_ports(&answer, &place)) {
		nfhad_said(m->said, "the module has it already, with other devices");
		return -EEXIST;
	}
	if (!ret && answer.ports == place.ports)
		return 0;
	if (!ret)
		return module_said(m, nfha_instance_set(m->module, &place));
	place.set = NFHA_BIT(NFHA_A_INSTANCE_STATE);
	place.state = NFHA_STATE_STANDBY;
	return module_said(m, nfha_instance_new(m->module, &place));
}

static int place_remove(void *data)
{
	struct nfha_instance place, answer;
	struct making *m = data;
	int ret = module_open(m);

	if (ret)
		return ret == -ENOPROTOOPT ? 0 : ret;
	place_of(m, &place);
	ret = nfha_instance_get(m->module, m->service, place.name, &answer);
	if (ret || !has_our_ports(&answer, &place))
		return ret == -ENOENT ? 0 : ret;
	if (answer.width || answer.flows)
		return -EBUSY;
	return nfha_instance_del(m->module, m->service, place.name, false);
}

static const struct nfhad_plan_step steps[] = {
	{ "network namespace", space_make, space_remove },
	{ "left port", left_make, left_remove },
	{ "right port", right_make, right_remove },
	{ "settings", settings_make, settings_remove },
	{ "control group", group_make, group_remove },
	{ "place in the module", place_make, place_remove },
};

static int making_open(struct making *m)
{
	int ret;

	m->here = own_namespace();
	if (m->here < 0)
		return m->here;
	ret = nfhad_links_open(m->here, m->here, &m->host);
	if (ret)
		close(m->here);
	return ret;
}

static void making_close(struct making *m)
{
	nfha_close(m->module);
	nfhad_links_close(m->netns);
	nfhad_links_close(m->host);
	close(m->here);
}

static int begin(struct making *m, char *said)
{
	int ret = making_open(m);

	if (ret)
		nfhad_said(said, "no connection to the kernel: %s", strerror(-ret));
	return ret;
}

int nfhad_making_make(const char *service,
		      const struct nfhad_instance_config *instance, char *said)
{
	char why[NFHAD_SAID_MAX] = "";
	struct making m = { .service = service, .instance = instance,
			    .said = why };
	const struct nfhad_plan_step *failed;
	int ret;

	ret = begin(&m, said);
	if (ret)
		return ret;
	ret = nfhad_plan_make(steps, ARRAY_SIZE(steps), &m, &failed);
	if (ret)
		nfhad_said(said, "its %s cannot be made: %.150s", failed->name,
			   *why ? why : strerror(-ret));
	making_close(&m);
	return ret;
}

int nfhad_making_remove(const char *service,
			const struct nfhad_instance_config *instance, char *said)
{
	char why[NFHAD_SAID_MAX] = "";
	struct making m = { .service = service, .instance = instance,
			    .said = why };
	const struct nfhad_plan_step *failed = NULL;
	int ret;

	ret = begin(&m, said);
	if (ret)
		return ret;
	ret = nfhad_plan_remove(steps, ARRAY_SIZE(steps), &m, &failed);
	if (ret)
		nfhad_said(said, "its %s cannot be removed: %s", failed->name,
			   strerror(-ret));
	making_close(&m);
	return ret;
}
