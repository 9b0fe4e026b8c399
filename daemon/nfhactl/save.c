// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What there is, as commands that make it again: services, instances and ranges. Flows
 * are not among it, for they do not outlive the module.
 */

#include <string.h>

#include "nfhactl.h"

#define PLAIN \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/:,@%+="

/**
 * struct saving - a service that is being written down
 * @h: where it is read
 * @r: the request
 */
struct saving {
	struct nfha *h;
	const struct request *r;
};

/* A device and a namespace may be called what a shell takes for something else. */
static void word_print(const char *word)
{
	if (*word && strspn(word, PLAIN) == strlen(word)) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static void command_begin(const struct request *r)
{
	fputs("nfhactl ", stdout);
	if (!r->netns)
		return;
	fputs("-n ", stdout);
	word_print(r->netns);
	putchar(' ');
}

static void port_print(const struct nfha_port *port)
{
	char mac[18];

	word_print(port->ifname);
	if (!port->has_mac)
		return;
	mac_name(port->mac, mac, sizeof(mac));
	printf("/%s", mac);
}

/* All of one kind, after one word. */
static void ports_save(const struct nfha_port *port, unsigned int ports,
		       const char *word, uint32_t side, bool detour)
{
	unsigned int i, n = 0;

	for (i = 0; i < ports; i++) {
		if (port[i].side != side || port[i].detour != detour)
			continue;
		if (n++)
			putchar(',');
		else
			printf(" %s ", word);
		port_print(&port[i]);
	}
}

static void recovery_save(const struct nfha_service *s)
{
	printf(" recovery %s log-max %u hold-max %u watermark %u hold-policy %s",
	       NAME_OF(recovery_names, s->recovery), s->log_max, s->hold_max,
	       s->watermark, NAME_OF(hold_policy_names, s->hold_policy));
	printf(" dead-man %ums dead-man-policy %s", s->dead_man_ms,
	       NAME_OF(dead_man_policy_names, s->dead_man_policy));
}

static void service_save(const struct request *r, const struct nfha_service *s)
{
	char match[96];
	unsigned int i;

	command_begin(r);
	printf("service add %s key ", s->name);
	for (i = 0; i < NFHA_KEY_LEN; i++)
		printf("%02x", s->key[i]);
	ports_save(s->port, s->ports, "left", NFHA_SIDE_LEFT, false);
	ports_save(s->port, s->ports, "right", NFHA_SIDE_RIGHT, false);
	ports_save(s->port, s->ports, "detour-left", NFHA_SIDE_LEFT, true);
	ports_save(s->port, s->ports, "detour-right", NFHA_SIDE_RIGHT, true);
	printf(" affinity %s", NAME_OF(affinity_names, s->affinity));
	if (s->affinity >= NFHA_AFFINITY_SOURCE)
		printf(" prefix4 %u prefix6 %u", s->prefix4, s->prefix6);
	match_name(&s->match, match, sizeof(match));
	printf(" policy %s control %s tracking %s learn %s match %s",
	       NAME_OF(policy_names, s->policy),
	       NAME_OF(control_names, s->control),
	       NAME_OF(tracking_names, s->tracking), s->learn ? "on" : "off",
	       match);
	printf(" threshold %u flows-max %u imported-max %u", s->threshold,
	       s->flows_max, s->imported_max);
	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		printf(" timeout %s=%us", nfha_timeout_name(i), s->timeout[i]);
	recovery_save(s);
	putchar('\n');
}

static int instance_save(const struct nfha_instance *i, void *data)
{
	const struct saving *saving = data;

	command_begin(saving->r);
	printf("instance add %s service %s", i->name, i->service);
	ports_save(i->port, i->ports, "left", NFHA_SIDE_LEFT, false);
	ports_save(i->port, i->ports, "right", NFHA_SIDE_RIGHT, false);
	printf("%s%s\n", i->remote ? " remote" : "",
	       i->state == NFHA_STATE_STANDBY ? " standby" : "");
	return 0;
}

/* What can be said only when all instances and ranges are there. */
static int rest_save(const struct nfha_instance *i, void *data)
{
	const struct saving *saving = data;
	bool rests = i->state == NFHA_STATE_DOWN ||
		     i->state == NFHA_STATE_DRAINING;

	if (!rests && !i->successor[0])
		return 0;
	command_begin(saving->r);
	printf("instance set %s service %s", i->name, i->service);
	if (rests)
		printf(" state %s", NAME_OF(state_names, i->state));
	if (i->successor[0])
		printf(" successor %s", i->successor);
	putchar('\n');
	return 0;
}

/* A map that leaves something out is refused when it is to be made again. */
static int map_check(const struct saving *saving, const struct nfha_map *map)
{
	unsigned int i;

	for (i = 0; i < map->ranges; i++) {
		if (map->range[i].instance[0])
			continue;
		fprintf(stderr,
			"nfhactl: %s: service %s: nobody has flow IDs %u to %u; give them to an instance first\n",
			saving->r->command, map->service, map->range[i].first,
			map->range[i].last);
		return EXIT_REFUSED;
	}
	return 0;
}

static int map_save(const struct saving *saving, const struct nfha_map *map)
{
	unsigned int i;
	int ret;

	/* Nobody has ever set it. */
	if (!map->generation)
		return 0;
	ret = map_check(saving, map);
	if (ret)
		return ret;
	command_begin(saving->r);
	printf("range set %s", map->service);
	for (i = 0; i < map->ranges; i++)
		printf(" %u-%u=%s", map->range[i].first, map->range[i].last,
		       map->range[i].instance);
	putchar('\n');
	return 0;
}

static int save_one(const struct nfha_service *s, void *data)
{
	const struct saving *saving = data;
	struct nfha_map *map = NULL;
	struct nfha *h = saving->h;
	int status = 0, ret;

	service_save(saving->r, s);
	ret = dump_instances(h, s->name, instance_save, data);
	if (!ret)
		ret = nfha_map_get(h, s->name, &map);
	if (!ret)
		status = map_save(saving, map);
	nfha_map_free(map);
	if (!ret && !status)
		ret = dump_instances(h, s->name, rest_save, data);
	return ret ? refused(h, saving->r, ret) : status;
}

static const struct arg save_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL }, {}
};

static int run_save(struct nfha *h, struct request *r)
{
	struct saving saving = { .h = h, .r = r };
	int ret;

	puts("#!/bin/sh\n# Written by nfhactl save. The keys in it are secret.\nset -e");
	if (r->service.name[0]) {
		ret = nfha_service_get(h, r->service.name, &r->service);
		if (!ret)
			ret = save_one(&r->service, &saving);
	} else {
		ret = dump_services(h, save_one, &saving);
	}
	return ret < 0 ? refused(h, r, ret) : ret;
}

const struct command save_commands[] = {
	{ "save", NULL,
	  "Print the commands that make all services, or one, again: settings, keys, instances and ranges.",
	  save_args, run_save },
	{}
};
