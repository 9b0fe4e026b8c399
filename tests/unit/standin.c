// SPDX-License-Identifier: GPL-2.0-or-later
/* What a request does to the objects that the stand-in keeps, and its answer. */

#include <check.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/mman.h>

#include "standin.h"
#include "standin_private.h"

struct standin *standin;

/* Which attributes an object is known by, and which of them a command's number is. */
static const struct kind {
	uint8_t made_by, set_by, gone_by, got_by;
	uint16_t service, name;
} kinds[KINDS] = {
	[SERVICE] = { NFHA_CMD_SERVICE_NEW, NFHA_CMD_SERVICE_SET, NFHA_CMD_SERVICE_DEL,
		      NFHA_CMD_SERVICE_GET, NFHA_A_SERVICE_NAME, 0 },
	[INSTANCE] = { NFHA_CMD_INSTANCE_NEW, NFHA_CMD_INSTANCE_SET, NFHA_CMD_INSTANCE_DEL,
		       NFHA_CMD_INSTANCE_GET, NFHA_A_INSTANCE_SERVICE, NFHA_A_INSTANCE_NAME },
	[MAP] = { 0, NFHA_CMD_MAP_SET, 0, NFHA_CMD_MAP_GET, NFHA_A_MAP_SERVICE, 0 },
	[FLOW] = { NFHA_CMD_FLOW_NEW, 0, 0, NFHA_CMD_FLOW_GET, NFHA_A_FLOW_SERVICE, 0 },
	[EPOCH] = { 0, 0, 0, NFHA_CMD_EPOCH_GET, NFHA_A_EPOCH_SERVICE, NFHA_A_EPOCH_INSTANCE },
	[LOAD] = { 0, 0, 0, NFHA_CMD_LOAD_GET, NFHA_A_LOAD_SERVICE, 0 },
};

static const void *attributes(const struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));
}

static size_t attributes_length(const struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload_len(nlh) - MNL_ALIGN(sizeof(struct genlmsghdr));
}

const struct nlattr *standin_attr(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static const char *text_of(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr = type ? standin_attr(nlh, type) : NULL;

	return attr ? mnl_attr_get_str(attr) : "";
}

static bool is_of(const struct object *o, enum kind_of kind, const char *service,
		  const char *name)
{
	return o->used && o->kind == kind && (!*service || !strcmp(o->service, service)) &&
	       (!*name || !strcmp(o->name, name));
}

struct object *standin_find(enum kind_of kind, const char *service, const char *name)
{
	unsigned int n;

	for (n = 0; n < OBJECTS; n++)
		if (is_of(&standin->object[n], kind, service, name))
			return &standin->object[n];
	return NULL;
}

static struct object *object_add(enum kind_of kind, const char *service, const char *name)
{
	unsigned int n;

	for (n = 0; standin->object[n].used; n++)
		ck_assert_uint_lt(n + 1, OBJECTS);
	standin->object[n] = (struct object){ .used = true, .kind = kind };
	snprintf(standin->object[n].service, NFHA_NAME_MAX + 1, "%s", service);
	snprintf(standin->object[n].name, NFHA_NAME_MAX + 1, "%s", name);
	return &standin->object[n];
}

/* A port of an instance has carrier unless somebody says otherwise. Returns what has been added. */
static size_t carrier_add(struct nlattr *port)
{
	size_t length = MNL_ALIGN(MNL_ATTR_HDRLEN + sizeof(uint8_t));
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, port)
		if (mnl_attr_get_type(attr) == NFHA_A_PORT_CARRIER)
			return 0;
	attr = (struct nlattr *)((char *)port + MNL_ALIGN(port->nla_len));
	memset(attr, 0, length);
	attr->nla_type = NFHA_A_PORT_CARRIER;
	attr->nla_len = MNL_ATTR_HDRLEN + sizeof(uint8_t);
	*(uint8_t *)mnl_attr_get_payload(attr) = 1;
	port->nla_len = MNL_ALIGN(port->nla_len) + length;
	return length;
}

static void attr_add(struct object *o, const struct nlattr *attr)
{
	size_t length = MNL_ALIGN(attr->nla_len);

	ck_assert_uint_le(o->length + length + 8, sizeof(o->attrs));
	memcpy(o->attrs + o->length, attr, attr->nla_len);
	if (o->kind == INSTANCE && mnl_attr_get_type(attr) == NFHA_A_INSTANCE_PORT)
		length += carrier_add((struct nlattr *)(o->attrs + o->length));
	o->length += length;
}

static void attr_remove(struct object *o, uint16_t type)
{
	static char kept[ATTRIBUTES];
	const struct nlattr *attr;
	size_t length = 0;

	for_each_attr(attr, o) {
		if (mnl_attr_get_type(attr) == type)
			continue;
		memcpy(kept + length, attr, MNL_ALIGN(attr->nla_len));
		length += MNL_ALIGN(attr->nla_len);
	}
	memcpy(o->attrs, kept, length);
	o->length = length;
}

/* What a request has of a kind replaces all of that kind. */
static void object_set(struct object *o, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		attr_remove(o, mnl_attr_get_type(attr));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		attr_add(o, attr);
}

void standin_set_number(struct object *o, uint16_t type, const void *number, size_t size)
{
	char buffer[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	mnl_attr_put(nlh, type, size, number);
	attr_remove(o, type);
	attr_add(o, mnl_nlmsg_get_payload(nlh));
}

uint64_t standin_number(const struct object *o, uint16_t type)
{
	const struct nlattr *attr;
	uint64_t number = 0;

	for_each_attr(attr, o)
		if (mnl_attr_get_type(attr) == type)
			memcpy(&number, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
	return number;
}

/* A service begins with a map that nobody has set. */
static void map_begin(const char *service)
{
	struct object *map = object_add(MAP, service, "");
	static char buffer[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nlattr *nest;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_strz(nlh, NFHA_A_MAP_SERVICE, service);
	mnl_attr_put_u32(nlh, NFHA_A_MAP_GENERATION, 0);
	nest = mnl_attr_nest_start(nlh, NFHA_A_MAP_RANGE);
	mnl_attr_put_u16(nlh, NFHA_A_RANGE_FIRST, 0);
	mnl_attr_put_u16(nlh, NFHA_A_RANGE_LAST, 65535);
	mnl_attr_nest_end(nlh, nest);
	object_set(map, nlh);
}

/* One whose service has recovery has its first epoch. */
static void epoch_begin(const char *service, const char *name)
{
	uint64_t recovery = standin_number(standin_find(SERVICE, service, ""),
					   NFHA_A_SERVICE_RECOVERY);
	static char buffer[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	if (!recovery || standin_find(EPOCH, service, name))
		return;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_strz(nlh, NFHA_A_EPOCH_SERVICE, service);
	mnl_attr_put_strz(nlh, NFHA_A_EPOCH_INSTANCE, name);
	mnl_attr_put_u32(nlh, NFHA_A_EPOCH_RECOVERY, recovery);
	mnl_attr_put_u64(nlh, NFHA_A_EPOCH_EPOCH, 1);
	object_set(object_add(EPOCH, service, name), nlh);
}

static int make(enum kind_of kind, const struct nlmsghdr *nlh)
{
	const char *service = text_of(nlh, kinds[kind].service);
	const char *name = text_of(nlh, kinds[kind].name);

	if (kind != FLOW && kind != LOAD && standin_find(kind, service, name))
		return standin_say(-EEXIST, "is there already");
	if (kind != SERVICE && !standin_find(SERVICE, service, ""))
		return standin_say(-ENOENT, "no such service");
	object_set(object_add(kind, service, name), nlh);
	if (kind == SERVICE)
		map_begin(service);
	else if (kind == INSTANCE)
		epoch_begin(service, name);
	return 0;
}

static int set(enum kind_of kind, const struct nlmsghdr *nlh)
{
	struct object *o = standin_find(kind, text_of(nlh, kinds[kind].service),
					text_of(nlh, kinds[kind].name));

	if (!o)
		return standin_say(-ENOENT, kind == SERVICE ? "no such service" :
							      "no such instance");
	object_set(o, nlh);
	return 0;
}

static int give_up(enum kind_of kind, const struct nlmsghdr *nlh)
{
	const char *service = text_of(nlh, kinds[kind].service);
	const char *name = text_of(nlh, kinds[kind].name);
	enum kind_of each;
	struct object *o;

	if (!standin_find(kind, service, name))
		return standin_say(-ENOENT, "no such thing");
	if (kind == INSTANCE) {
		standin_find(kind, service, name)->used = false;
		o = standin_find(EPOCH, service, name);
		if (o)
			o->used = false;
		return 0;
	}
	if (standin_find(INSTANCE, service, "") && !standin_attr(nlh, NFHA_A_SERVICE_FORCE))
		return standin_say(-EBUSY, "the service has instances");
	for (each = 0; each < KINDS; each++)
		while ((o = standin_find(each, service, "")))
			o->used = false;
	return 0;
}

static void object_say(const struct object *o)
{
	struct nlmsghdr *nlh = standin_answer(kinds[o->kind].got_by);

	memcpy((char *)nlh + nlh->nlmsg_len, o->attrs, o->length);
	nlh->nlmsg_len += o->length;
	if (o->kind == INSTANCE && !standin_number(o, NFHA_A_INSTANCE_WIDTH))
		mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_WIDTH, standin_width(o->service, o->name));
}

static bool flow_is(const struct object *o, const struct nlmsghdr *nlh)
{
	static const uint16_t known_by[] = {
		NFHA_A_FLOW_SADDR, NFHA_A_FLOW_DADDR, NFHA_A_FLOW_PROTO, NFHA_A_FLOW_SPORT,
		NFHA_A_FLOW_DPORT,
	};
	const struct nlattr *attr, *asked;
	unsigned int n, same = 0, all = 0;

	for (n = 0; n < sizeof(known_by) / sizeof(*known_by); n++) {
		asked = standin_attr(nlh, known_by[n]);
		if (!asked)
			continue;
		all++;
		for_each_attr(attr, o)
			same += !memcmp(attr, asked, asked->nla_len);
	}
	return same == all;
}

static int get(enum kind_of kind, const struct nlmsghdr *nlh)
{
	const char *service = text_of(nlh, kinds[kind].service);
	const char *name = text_of(nlh, kind == FLOW ? NFHA_A_FLOW_INSTANCE : kinds[kind].name);
	bool all = nlh->nlmsg_flags & NLM_F_DUMP, found = false;
	unsigned int n;

	if (*service && !standin_find(SERVICE, service, ""))
		return standin_say(-ENOENT, "no such service");
	for (n = 0; n < OBJECTS && (all || !found); n++) {
		const struct object *o = &standin->object[n];

		if (!is_of(o, kind, service, kind == FLOW ? "" : name))
			continue;
		if (kind == FLOW && !flow_is(o, nlh))
			continue;
		found = true;
		object_say(o);
	}
	return found || all ? 0 : standin_say(-ENOENT, "no such thing");
}

/* Flows that a request describes go, and it is said how many. */
static int flows_del(const struct nlmsghdr *nlh)
{
	uint32_t count = 0;
	unsigned int n;

	for (n = 0; n < OBJECTS; n++) {
		struct object *o = &standin->object[n];

		if (!is_of(o, FLOW, text_of(nlh, NFHA_A_FLOW_SERVICE), "") || !flow_is(o, nlh))
			continue;
		o->used = false;
		count++;
	}
	mnl_attr_put_u32(standin_answer(NFHA_CMD_FLOW_DEL), NFHA_A_FLOW_COUNT, count);
	return 0;
}

static void tell_of(uint8_t event, const struct nlmsghdr *nlh)
{
	struct nlmsghdr *said = standin_message(event);

	memcpy((char *)said + said->nlmsg_len, attributes(nlh), attributes_length(nlh));
	said->nlmsg_len += attributes_length(nlh);
	standin_tell(said);
}

/* Services and instances: what changes them is told with what it has asked for. */
static int change(enum kind_of kind, uint8_t cmd, const struct nlmsghdr *nlh)
{
	const struct kind *k = &kinds[kind];
	int ret;

	if (cmd == k->made_by)
		ret = make(kind, nlh);
	else
		ret = cmd == k->set_by ? set(kind, nlh) : give_up(kind, nlh);
	/* Four commands, and then their three notifications. */
	if (!ret && kind != FLOW)
		tell_of(cmd + (NFHA_CMD_SERVICE_NEW_NTF - NFHA_CMD_SERVICE_NEW), nlh);
	return ret;
}

static int take(uint8_t cmd, const struct nlmsghdr *nlh)
{
	enum kind_of kind;

	if (standin->refuse[cmd].error)
		return standin_say(standin->refuse[cmd].error, standin->refuse[cmd].words);
	if (cmd == NFHA_CMD_FLOW_DEL)
		return flows_del(nlh);
	for (kind = 0; kind < KINDS; kind++) {
		const struct kind *k = &kinds[kind];

		if (cmd == k->got_by)
			return get(kind, nlh);
		if (kind != MAP && (cmd == k->made_by || cmd == k->set_by || cmd == k->gone_by))
			return change(kind, cmd, nlh);
	}
	return standin_do_more(cmd, nlh);
}

/* It is counted when all who listen have been told of what has come of it. */
int standin_do(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	int ret = take(genl->cmd, nlh);

	__atomic_fetch_add(&standin->requests[genl->cmd], 1, __ATOMIC_SEQ_CST);
	return ret;
}

void standin_put(uint8_t cmd, const struct nlmsghdr *nlh)
{
	enum kind_of kind;

	for (kind = 0; kind < KINDS; kind++)
		if (cmd == (kinds[kind].made_by ?: kinds[kind].got_by))
			ck_assert_int_eq(make(kind, nlh), 0);
}

void standin_refuse(uint8_t cmd, int error, const char *words)
{
	standin->refuse[cmd].error = error;
	snprintf(standin->refuse[cmd].words, sizeof(standin->refuse[cmd].words), "%s", words);
}

void standin_interrupt(uint8_t cmd, unsigned int times)
{
	standin->interrupts[cmd] = times;
}

unsigned int standin_requests(uint8_t cmd)
{
	return __atomic_load_n(&standin->requests[cmd], __ATOMIC_SEQ_CST);
}

void standin_begin(void)
{
	standin = mmap(NULL, sizeof(*standin), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(standin, MAP_FAILED);
	standin_sockets_begin();
}

void standin_end(void)
{
	standin_sockets_end();
	munmap(standin, sizeof(*standin));
}
