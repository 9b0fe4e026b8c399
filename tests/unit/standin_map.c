// SPDX-License-Identifier: GPL-2.0-or-later
/* Range maps and epochs of the stand-in. */

#include <check.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "standin.h"
#include "standin_private.h"

#define RANGES 64

struct range {
	uint16_t first, last;
	char owner[NFHA_NAME_MAX + 1];
};

static const char *text_of(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr = standin_attr(nlh, type);

	return attr ? mnl_attr_get_str(attr) : "";
}

static unsigned int ranges_read(const struct object *map, struct range *range)
{
	const struct nlattr *attr, *inner;
	unsigned int n = 0;

	for_each_attr(attr, map) {
		if (mnl_attr_get_type(attr) != NFHA_A_MAP_RANGE)
			continue;
		ck_assert_uint_lt(n, RANGES);
		memset(&range[n], 0, sizeof(range[n]));
		mnl_attr_for_each_nested(inner, attr) {
			switch (mnl_attr_get_type(inner)) {
			case NFHA_A_RANGE_FIRST:
				range[n].first = mnl_attr_get_u16(inner);
				break;
			case NFHA_A_RANGE_LAST:
				range[n].last = mnl_attr_get_u16(inner);
				break;
			case NFHA_A_RANGE_INSTANCE:
				snprintf(range[n].owner, sizeof(range[n].owner), "%s",
					 mnl_attr_get_str(inner));
			}
		}
		n++;
	}
	return n;
}

static void ranges_write(struct nlmsghdr *nlh, const struct range *range, unsigned int ranges)
{
	struct nlattr *nest;
	unsigned int n;

	for (n = 0; n < ranges; n++) {
		nest = mnl_attr_nest_start(nlh, NFHA_A_MAP_RANGE);
		mnl_attr_put_u16(nlh, NFHA_A_RANGE_FIRST, range[n].first);
		mnl_attr_put_u16(nlh, NFHA_A_RANGE_LAST, range[n].last);
		if (range[n].owner[0])
			mnl_attr_put_strz(nlh, NFHA_A_RANGE_INSTANCE, range[n].owner);
		mnl_attr_nest_end(nlh, nest);
	}
}

/* The new map is there, all hear of it, and the answer says which it is. */
static int map_put(struct object *map, struct nlmsghdr *nlh, uint8_t cmd, uint32_t moved,
		   uint16_t at)
{
	uint32_t generation = standin_number(map, NFHA_A_MAP_GENERATION) + 1;
	struct nlmsghdr *said;

	mnl_attr_put_strz(nlh, NFHA_A_MAP_SERVICE, map->service);
	mnl_attr_put_u32(nlh, NFHA_A_MAP_GENERATION, generation);
	map->length = nlh->nlmsg_len - MNL_NLMSG_HDRLEN - sizeof(struct genlmsghdr);
	ck_assert_uint_le(map->length, sizeof(map->attrs));
	memcpy(map->attrs, mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr)),
	       map->length);
	standin_tell(nlh);
	if (!cmd)
		return 0;
	said = standin_answer(cmd);
	mnl_attr_put_u32(said, NFHA_A_MAP_GENERATION, generation);
	mnl_attr_put_u32(said, NFHA_A_MAP_EXCEPTIONS, 3);
	mnl_attr_put_u32(said, NFHA_A_MAP_MOVED, moved);
	mnl_attr_put_u16(said, NFHA_A_MAP_AT, at);
	return 0;
}

static int map_set(struct object *map, const struct nlmsghdr *nlh)
{
	struct nlmsghdr *new = standin_message(NFHA_CMD_MAP_SET_NTF);
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != NFHA_A_MAP_RANGE)
			continue;
		memcpy((char *)new + new->nlmsg_len, attr, MNL_ALIGN(attr->nla_len));
		new->nlmsg_len += MNL_ALIGN(attr->nla_len);
	}
	return map_put(map, new, NFHA_CMD_MAP_SET, 0, 0);
}

/* The first range of the one who gives is cut, in the middle if nobody says where. */
static int split(struct object *map, const struct nlmsghdr *nlh)
{
	const struct nlattr *at = standin_attr(nlh, NFHA_A_MAP_AT);
	struct range range[RANGES + 1];
	unsigned int n, ranges = ranges_read(map, range);
	uint16_t cut;

	for (n = 0; n < ranges && strcmp(range[n].owner, text_of(nlh, NFHA_A_MAP_FROM)) != 0; n++)
		;
	if (n == ranges)
		return standin_say(-EINVAL, "it owns no range");
	cut = at ? mnl_attr_get_u16(at) : range[n].first + (range[n].last - range[n].first + 1) / 2;
	memmove(&range[n + 1], &range[n], (ranges - n) * sizeof(*range));
	range[n].last = cut - 1;
	range[n + 1].first = cut;
	snprintf(range[n + 1].owner, sizeof(range[n].owner), "%s", text_of(nlh, NFHA_A_MAP_TO));
	nlh = standin_message(NFHA_CMD_MAP_SET_NTF);
	ranges_write((struct nlmsghdr *)nlh, range, ranges + 1);
	return map_put(map, (struct nlmsghdr *)nlh, NFHA_CMD_SPLIT, 7, cut);
}

static int merge(struct object *map, const struct nlmsghdr *nlh)
{
	const char *from = text_of(nlh, NFHA_A_MAP_FROM), *to = text_of(nlh, NFHA_A_MAP_TO);
	struct object *leaves = standin_find(INSTANCE, map->service, from);
	uint32_t state = NFHA_STATE_DRAINING;
	struct range range[RANGES];
	unsigned int n, ranges = ranges_read(map, range);
	struct nlmsghdr *new;

	if (!leaves || !standin_find(INSTANCE, map->service, to))
		return standin_say(-ENOENT, "no such instance");
	for (n = 0; n < ranges; n++)
		if (!strcmp(range[n].owner, from))
			snprintf(range[n].owner, sizeof(range[n].owner), "%s", to);
	standin_set_number(leaves, NFHA_A_INSTANCE_STATE, &state, sizeof(state));
	new = standin_message(NFHA_CMD_MAP_SET_NTF);
	ranges_write(new, range, ranges);
	return map_put(map, new, NFHA_CMD_MERGE, 7, 0);
}

uint32_t standin_width(const char *service, const char *name)
{
	const struct object *map = standin_find(MAP, service, "");
	unsigned int n, ranges, width = 0;
	struct range range[RANGES];

	ranges = map ? ranges_read(map, range) : 0;
	for (n = 0; n < ranges; n++)
		if (!strcmp(range[n].owner, name))
			width += range[n].last - range[n].first + 1;
	return width;
}

void standin_nobody(const char *service)
{
	static const struct range all = { .last = UINT16_MAX };
	struct nlmsghdr *new = standin_message(NFHA_CMD_MAP_SET_NTF);

	ranges_write(new, &all, 1);
	map_put(standin_find(MAP, service, ""), new, 0, 0, 0);
}

void standin_drained(const char *service, const char *instance, uint32_t end, uint32_t flows)
{
	struct nlmsghdr *nlh = standin_event(NFHA_CMD_DRAIN_NTF, service, instance);

	mnl_attr_put_u32(nlh, NFHA_A_EVENT_DRAIN_END, end);
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_FLOWS, flows);
	standin_tell(nlh);
}

static int map_do(uint8_t cmd, const struct nlmsghdr *nlh)
{
	const struct nlattr *expected = standin_attr(nlh, NFHA_A_MAP_GENERATION);
	struct object *map = standin_find(MAP, text_of(nlh, NFHA_A_MAP_SERVICE), "");

	if (!map)
		return standin_say(-ENOENT, "no such service");
	if (expected &&
	    mnl_attr_get_u32(expected) != standin_number(map, NFHA_A_MAP_GENERATION))
		return standin_say(-ESTALE, "the map has another generation");
	if (cmd == NFHA_CMD_MAP_SET)
		return map_set(map, nlh);
	return cmd == NFHA_CMD_SPLIT ? split(map, nlh) : merge(map, nlh);
}

static int number_say(uint8_t cmd, uint64_t epoch)
{
	mnl_attr_put_u64(standin_answer(cmd), NFHA_A_EPOCH_EPOCH, epoch);
	return 0;
}

static void event_tell(uint8_t cmd, const struct object *o, const char *backup)
{
	struct nlmsghdr *nlh = standin_event(cmd, o->service, o->name);

	if (backup)
		mnl_attr_put_strz(nlh, NFHA_A_EVENT_BACKUP, backup);
	standin_tell(nlh);
}

/* Nothing of the one is forwarded any more, and its ranges are the other one's. */
static void fence(struct object *o, const char *backup)
{
	struct object *map = standin_find(MAP, o->service, "");
	uint32_t flags = NFHA_RECOVERY_FLAGS_FENCED, state = NFHA_STATE_ACTIVE;
	struct object *other = backup ? standin_find(INSTANCE, o->service, backup) : NULL;
	struct range range[RANGES];
	struct nlmsghdr *new;
	unsigned int n, ranges;

	standin_set_number(o, NFHA_A_EPOCH_FLAGS, &flags, sizeof(flags));
	event_tell(NFHA_CMD_FENCED_NTF, o, NULL);
	if (!other)
		return;
	standin_set_number(other, NFHA_A_INSTANCE_STATE, &state, sizeof(state));
	ranges = ranges_read(map, range);
	for (n = 0; n < ranges; n++)
		if (!strcmp(range[n].owner, o->name))
			snprintf(range[n].owner, sizeof(range[n].owner), "%s", backup);
	new = standin_message(NFHA_CMD_MAP_SET_NTF);
	ranges_write(new, range, ranges);
	map_put(map, new, 0, 0, 0);
	event_tell(NFHA_CMD_FAILOVER_NTF, o, backup);
}

static int takeover(const struct nlmsghdr *nlh, struct object *o)
{
	const char *backup = standin_attr(nlh, NFHA_A_EPOCH_FENCE_ONLY) ? NULL :
			     text_of(nlh, NFHA_A_EPOCH_BACKUP);
	struct nlmsghdr *said;

	fence(o, backup);
	said = standin_answer(NFHA_CMD_FAILOVER);

	if (!standin_attr(nlh, NFHA_A_EPOCH_FENCE_ONLY))
		mnl_attr_put_strz(said, NFHA_A_EPOCH_BACKUP,
				  text_of(nlh, NFHA_A_EPOCH_BACKUP));
	mnl_attr_put_u64(said, NFHA_A_EPOCH_COMMITTED,
			 standin_number(o, NFHA_A_EPOCH_COMMITTED));
	mnl_attr_put_u64(said, NFHA_A_EPOCH_REPLAYED,
			 standin_number(o, NFHA_A_EPOCH_REPLAYED));
	mnl_attr_put_u8(said, NFHA_A_EPOCH_COMPLETE,
			standin_number(o, NFHA_A_EPOCH_COMPLETE));
	return 0;
}

static void plug(struct object *o, bool on)
{
	uint32_t flags = standin_number(o, NFHA_A_EPOCH_FLAGS);

	flags = on ? flags | NFHA_RECOVERY_FLAGS_PLUGGED : flags & ~NFHA_RECOVERY_FLAGS_PLUGGED;
	standin_set_number(o, NFHA_A_EPOCH_FLAGS, &flags, sizeof(flags));
}

/* A cut closes the open epoch; a commit is of one that is cut. */
static int epoch_do(uint8_t cmd, const struct nlmsghdr *nlh)
{
	struct object *o = standin_find(EPOCH, text_of(nlh, NFHA_A_EPOCH_SERVICE),
					text_of(nlh, NFHA_A_EPOCH_INSTANCE));
	const struct nlattr *asked = standin_attr(nlh, NFHA_A_EPOCH_EPOCH);
	uint64_t open, next;

	if (!o)
		return standin_say(-EOPNOTSUPP, "the service has recovery none");
	open = standin_number(o, NFHA_A_EPOCH_EPOCH);
	next = open + 1;
	switch (cmd) {
	case NFHA_CMD_FAILOVER:
		return takeover(nlh, o);
	case NFHA_CMD_EPOCH_CUT:
		plug(o, false);
		standin_set_number(o, NFHA_A_EPOCH_EPOCH, &next, sizeof(next));
		return number_say(cmd, open);
	case NFHA_CMD_EPOCH_COMMIT:
		if (!asked || mnl_attr_get_u64(asked) >= open)
			return standin_say(-ENOENT, "that epoch is not pending");
		open = mnl_attr_get_u64(asked);
		standin_set_number(o, NFHA_A_EPOCH_COMMITTED, &open, sizeof(open));
		return number_say(cmd, open);
	case NFHA_CMD_EPOCH_ABORT:
		if (!asked)
			plug(o, false);
		return number_say(cmd, asked ? mnl_attr_get_u64(asked) : open);
	default:
		plug(o, true);
		return number_say(cmd, open);
	}
}

int standin_do_more(uint8_t cmd, const struct nlmsghdr *nlh)
{
	switch (cmd) {
	case NFHA_CMD_MAP_SET:
	case NFHA_CMD_SPLIT:
	case NFHA_CMD_MERGE:
		return map_do(cmd, nlh);
	case NFHA_CMD_EPOCH_BEGIN:
	case NFHA_CMD_EPOCH_CUT:
	case NFHA_CMD_EPOCH_COMMIT:
	case NFHA_CMD_EPOCH_ABORT:
	case NFHA_CMD_FAILOVER:
		return epoch_do(cmd, nlh);
	case NFHA_CMD_INSTANCE_OVERLOAD:
	case NFHA_CMD_EPOCH_ALIVE:
		return 0;
	default:
		return standin_say(-EOPNOTSUPP, "the stand-in knows no such command");
	}
}
