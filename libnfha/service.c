// SPDX-License-Identifier: LGPL-2.1-or-later

#include <arpa/inet.h>

#include "internal.h"

static void put_u32(struct nlmsghdr *nlh, const struct nfha_service *s,
		    uint16_t attr, uint32_t value)
{
	if (s->set & NFHA_BIT(attr))
		mnl_attr_put_u32(nlh, attr, value);
}

static void put_u8(struct nlmsghdr *nlh, const struct nfha_service *s,
		   uint16_t attr, uint8_t value)
{
	if (s->set & NFHA_BIT(attr))
		mnl_attr_put_u8(nlh, attr, value);
}

static void match_put(struct nlmsghdr *nlh, const struct nfha_match *match)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_SERVICE_MATCH);

	if (match->family) {
		mnl_attr_put(nlh, NFHA_A_MATCH_ADDRESS,
			     match->family == 4 ? 4 : 16, match->address);
		mnl_attr_put_u8(nlh, NFHA_A_MATCH_PREFIX_LEN,
				match->prefix_len);
	}
	if (match->proto)
		mnl_attr_put_u8(nlh, NFHA_A_MATCH_PROTO, match->proto);
	if (match->has_port)
		mnl_attr_put_u16(nlh, NFHA_A_MATCH_PORT, htons(match->port));
	mnl_attr_nest_end(nlh, nest);
}

static void timeouts_put(struct nlmsghdr *nlh, const struct nfha_service *s)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_SERVICE_TIMEOUTS);
	unsigned int i;

	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		if (s->timeout[i])
			mnl_attr_put_u32(nlh, i, s->timeout[i]);
	mnl_attr_nest_end(nlh, nest);
}

static int service_send(struct nfha *h, uint8_t cmd,
			const struct nfha_service *s)
{
	struct nlmsghdr *nlh = request_begin(h, cmd, 0);
	unsigned int i;

	put_name(nlh, NFHA_A_SERVICE_NAME, s->name);
	if (s->set & NFHA_BIT(NFHA_A_SERVICE_KEY))
		mnl_attr_put(nlh, NFHA_A_SERVICE_KEY, NFHA_KEY_LEN, s->key);
	put_u32(nlh, s, NFHA_A_SERVICE_AFFINITY, s->affinity);
	put_u8(nlh, s, NFHA_A_SERVICE_PREFIX4, s->prefix4);
	put_u8(nlh, s, NFHA_A_SERVICE_PREFIX6, s->prefix6);
	put_u32(nlh, s, NFHA_A_SERVICE_POLICY, s->policy);
	put_u32(nlh, s, NFHA_A_SERVICE_CONTROL, s->control);
	put_u32(nlh, s, NFHA_A_SERVICE_TRACKING, s->tracking);
	put_u8(nlh, s, NFHA_A_SERVICE_LEARN, s->learn);
	put_u32(nlh, s, NFHA_A_SERVICE_THRESHOLD, s->threshold);
	put_u32(nlh, s, NFHA_A_SERVICE_FLOWS_MAX, s->flows_max);
	put_u32(nlh, s, NFHA_A_SERVICE_IMPORTED_MAX, s->imported_max);
	put_u32(nlh, s, NFHA_A_SERVICE_RECOVERY, s->recovery);
	put_u32(nlh, s, NFHA_A_SERVICE_LOG_MAX, s->log_max);
	put_u32(nlh, s, NFHA_A_SERVICE_HOLD_MAX, s->hold_max);
	put_u8(nlh, s, NFHA_A_SERVICE_WATERMARK, s->watermark);
	put_u32(nlh, s, NFHA_A_SERVICE_HOLD_POLICY, s->hold_policy);
	put_u32(nlh, s, NFHA_A_SERVICE_DEAD_MAN_MS, s->dead_man_ms);
	put_u32(nlh, s, NFHA_A_SERVICE_DEAD_MAN_POLICY, s->dead_man_policy);
	if (s->set & NFHA_BIT(NFHA_A_SERVICE_TIMEOUTS))
		timeouts_put(nlh, s);
	if (s->set & NFHA_BIT(NFHA_A_SERVICE_MATCH))
		match_put(nlh, &s->match);
	for (i = 0; i < s->ports && i < NFHA_PORTS_MAX; i++)
		port_put(nlh, NFHA_A_SERVICE_PORT, &s->port[i]);
	return request_send(h, nlh, NULL, NULL);
}

int nfha_service_new(struct nfha *h, const struct nfha_service *service)
{
	return service_send(h, NFHA_CMD_SERVICE_NEW, service);
}

int nfha_service_set(struct nfha *h, const struct nfha_service *service)
{
	return service_send(h, NFHA_CMD_SERVICE_SET, service);
}

int nfha_service_del(struct nfha *h, const char *name, bool force)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_SERVICE_DEL, 0);

	put_name(nlh, NFHA_A_SERVICE_NAME, name);
	if (force)
		mnl_attr_put(nlh, NFHA_A_SERVICE_FORCE, 0, NULL);
	return request_send(h, nlh, NULL, NULL);
}

static void match_get(const struct nlattr *nest, struct nfha_match *match)
{
	const struct nlattr *tb[NFHA_A_MATCH_MAX + 1];
	size_t len;

	parse_nested(nest, tb, NFHA_A_MATCH_MAX);
	if (!tb[NFHA_A_MATCH_ADDRESS])
		return;
	len = mnl_attr_get_payload_len(tb[NFHA_A_MATCH_ADDRESS]);
	match->family = len == 4 ? 4 : 6;
	memcpy(match->address, mnl_attr_get_payload(tb[NFHA_A_MATCH_ADDRESS]),
	       len < sizeof(match->address) ? len : sizeof(match->address));
	match->prefix_len = get_u8(tb[NFHA_A_MATCH_PREFIX_LEN]);
	match->proto = get_u8(tb[NFHA_A_MATCH_PROTO]);
	match->has_port = tb[NFHA_A_MATCH_PORT];
	match->port = ntohs(get_u16(tb[NFHA_A_MATCH_PORT]));
}

static void numbers_get(const struct nlattr **tb, struct nfha_service *s)
{
	s->affinity = get_u32(tb[NFHA_A_SERVICE_AFFINITY]);
	s->prefix4 = get_u8(tb[NFHA_A_SERVICE_PREFIX4]);
	s->prefix6 = get_u8(tb[NFHA_A_SERVICE_PREFIX6]);
	s->policy = get_u32(tb[NFHA_A_SERVICE_POLICY]);
	s->control = get_u32(tb[NFHA_A_SERVICE_CONTROL]);
	s->tracking = get_u32(tb[NFHA_A_SERVICE_TRACKING]);
	s->learn = get_u8(tb[NFHA_A_SERVICE_LEARN]);
	s->threshold = get_u32(tb[NFHA_A_SERVICE_THRESHOLD]);
	s->flows_max = get_u32(tb[NFHA_A_SERVICE_FLOWS_MAX]);
	s->imported_max = get_u32(tb[NFHA_A_SERVICE_IMPORTED_MAX]);
	s->generation = get_u32(tb[NFHA_A_SERVICE_GENERATION]);
	s->flows = get_u32(tb[NFHA_A_SERVICE_FLOWS]);
	s->exceptions = get_u32(tb[NFHA_A_SERVICE_EXCEPTIONS]);
	s->imported = get_u32(tb[NFHA_A_SERVICE_IMPORTED]);
	s->instances = get_u32(tb[NFHA_A_SERVICE_INSTANCES]);
	s->recovery = get_u32(tb[NFHA_A_SERVICE_RECOVERY]);
	s->log_max = get_u32(tb[NFHA_A_SERVICE_LOG_MAX]);
	s->hold_max = get_u32(tb[NFHA_A_SERVICE_HOLD_MAX]);
	s->watermark = get_u8(tb[NFHA_A_SERVICE_WATERMARK]);
	s->hold_policy = get_u32(tb[NFHA_A_SERVICE_HOLD_POLICY]);
	s->dead_man_ms = get_u32(tb[NFHA_A_SERVICE_DEAD_MAN_MS]);
	s->dead_man_policy = get_u32(tb[NFHA_A_SERVICE_DEAD_MAN_POLICY]);
}

static void service_get(const struct nlmsghdr *nlh, struct nfha_service *s)
{
	const struct nlattr *nested[NFHA_A_SERVICE_STATS_MAX + 1];
	const struct nlattr *tb[NFHA_A_SERVICE_MAX + 1], *attr;
	unsigned int i;

	memset(s, 0, sizeof(*s));
	parse(nlh, tb, NFHA_A_SERVICE_MAX);
	get_name(tb[NFHA_A_SERVICE_NAME], s->name, sizeof(s->name));
	if (tb[NFHA_A_SERVICE_KEY] &&
	    mnl_attr_get_payload_len(tb[NFHA_A_SERVICE_KEY]) == NFHA_KEY_LEN)
		memcpy(s->key, mnl_attr_get_payload(tb[NFHA_A_SERVICE_KEY]),
		       NFHA_KEY_LEN);
	numbers_get(tb, s);
	match_get(tb[NFHA_A_SERVICE_MATCH], &s->match);
	parse_nested(tb[NFHA_A_SERVICE_TIMEOUTS], nested, NFHA_A_TIMEOUTS_MAX);
	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		s->timeout[i] = get_u32(nested[i]);
	parse_nested(tb[NFHA_A_SERVICE_STATS], nested,
		     NFHA_A_SERVICE_STATS_MAX);
	for (i = 1; i <= NFHA_A_SERVICE_STATS_MAX; i++)
		if (i != NFHA_A_SERVICE_STATS_PAD)
			s->stats[i] = get_u64(nested[i]);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == NFHA_A_SERVICE_PORT &&
		    s->ports < NFHA_PORTS_MAX)
			port_get(attr, &s->port[s->ports++]);
}

static int get_answer(const struct nlmsghdr *nlh, void *data)
{
	service_get(nlh, data);
	return 0;
}

int nfha_service_get(struct nfha *h, const char *name,
		     struct nfha_service *service)
{
	struct nlmsghdr *nlh = request_begin(h, NFHA_CMD_SERVICE_GET, 0);

	put_name(nlh, NFHA_A_SERVICE_NAME, name);
	return request_send(h, nlh, get_answer, service);
}

struct dump {
	nfha_service_fn fn;
	void *data;
};

static int dump_answer(const struct nlmsghdr *nlh, void *data)
{
	struct nfha_service service;
	struct dump *dump = data;

	service_get(nlh, &service);
	return dump->fn(&service, dump->data);
}

int nfha_service_dump(struct nfha *h, nfha_service_fn fn, void *data)
{
	struct dump dump = { .fn = fn, .data = data };

	return request_send(h, request_begin(h, NFHA_CMD_SERVICE_GET,
					     NLM_F_DUMP), dump_answer, &dump);
}
