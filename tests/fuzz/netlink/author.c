// SPDX-License-Identifier: GPL-2.0-or-later

#include <arpa/inet.h>
#include <linux/nfha.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "author.h"
#include "role.h"
#include "world.h"

/* Longest that a message may have of anything. */
#define VALUE_MAX 256

/* Ranges of a map. */
#define CUTS_MAX 6

/* About the same objects. */
#define REQUESTS_ABOUT 24

/* Names that nothing has, and names that nothing may have. */
static const char *const unknown[] = {
	"nobody", "", "-", ".", "a b", "s0 ", "S0", "\xff", "a/b",
	"0123456789012345678901234567890", "..", "lo", "%s%n",
};

static const unsigned char protocols[] = { 6, 17, 132, 1, 58, 0, 47 };

static void set_write(struct author *author, unsigned int parent, const struct spec_set *set);
static void attr_write(struct author *author, unsigned int parent,
		       const struct spec_attr *attr, const struct spec_set *set);

void author_begin(struct author *author, uint64_t seed, uint64_t stream)
{
	memset(author, 0, sizeof(*author));
	dice_seed(&author->dice, seed, stream);
}

static struct hint *hint_find(struct author *author, const char *name)
{
	struct hint *hint;

	for (hint = author->hint; hint < author->hint + HINTS_MAX; hint++)
		if (!hint->name || !strcmp(hint->name, name))
			return hint;
	return NULL;
}

void author_note(struct author *author, const char *name, uint64_t value)
{
	struct hint *hint = hint_find(author, name);

	if (!hint)
		return;
	hint->name = name;
	hint->value[hint->count++ % HINT_VALUES] = value;
}

/* What was answered last, mostly. */
static bool hint_take(struct author *author, const char *name, uint64_t *value)
{
	struct hint *hint = hint_find(author, name);
	unsigned int back;

	if (!hint || !hint->count || dice_percent(&author->dice, 20))
		return false;
	back = dice_below(&author->dice, 3) ? 1 :
		1 + dice_below(&author->dice, hint->count < HINT_VALUES ?
					      hint->count : HINT_VALUES);
	*value = hint->value[(hint->count - back) % HINT_VALUES];
	return true;
}

/* Something of the flow that this is about, as a rule: by chance alone nobody finds one. */
static unsigned int of_flow(struct author *author, const struct spec_attr *attr,
			    unsigned int count)
{
	return dice_percent(&author->dice, 80) ? (author->flow + attr->id) % count :
						 dice_below(&author->dice, count);
}

static void integer_write(struct author *author, unsigned int parent,
			  const struct spec_attr *attr)
{
	size_t width = spec_width(attr->type);
	uint64_t value;

	if (role_of(attr) == ROLE_PROTO) {
		value = protocols[of_flow(author, attr, ARRAY_SIZE(protocols))];
	} else if (role_of(attr) == ROLE_FLOW_PORT) {
		value = htons(world_port(of_flow(author, attr, WORLD_PORTS)));
	} else if (attr->is_enum) {
		value = attr->min + dice_below(&author->dice, attr->max - attr->min + 1);
	} else if (!hint_take(author, attr->name, &value) ||
		   value < attr->min || value > attr->max) {
		value = dice_between(&author->dice, attr->min, attr->max);
	}
	/* Little endian, as the machine. */
	tree_add(&author->tree, parent, attr->id, &value, width);
}

static void name_put(struct author *author, unsigned int parent,
		     const struct spec_attr *attr, const char *name)
{
	if (dice_percent(&author->dice, 2))
		name = unknown[dice_below(&author->dice, ARRAY_SIZE(unknown))];
	tree_add(&author->tree, parent, attr->id, name, strlen(name) + 1);
}

static unsigned int around(struct author *author, unsigned int number)
{
	return dice_percent(&author->dice, 92) ? number : dice_u64(&author->dice);
}

static void words_write(struct author *author, unsigned int parent,
			const struct spec_attr *attr)
{
	char words[VALUE_MAX];
	size_t length = 1 + dice_below(&author->dice, attr->max ?: 20);
	size_t i;

	for (i = 0; i < length && i < sizeof(words) - 1; i++)
		words[i] = ' ' + 1 + dice_below(&author->dice, 94);
	words[i] = 0;
	tree_add(&author->tree, parent, attr->id, words, i + 1);
}

static void string_write(struct author *author, unsigned int parent,
			 const struct spec_attr *attr)
{
	char name[WORLD_NAME_SIZE];

	switch (role_of(attr)) {
	case ROLE_SERVICE:
		world_service(name, around(author, author->service));
		break;
	case ROLE_INSTANCE:
		world_instance(name, around(author, author->instance));
		break;
	case ROLE_OTHER:
		world_instance(name, around(author, author->other));
		break;
	default:
		words_write(author, parent, attr);
		return;
	}
	name_put(author, parent, attr, name);
}

static void binary_write(struct author *author, unsigned int parent,
			 const struct spec_attr *attr)
{
	unsigned char bytes[VALUE_MAX];
	size_t length = attr->min ?: dice_below(&author->dice, attr->max ?: 32);

	if (length > sizeof(bytes))
		length = sizeof(bytes);
	if (role_of(attr) == ROLE_ADDRESS) {
		/* Both ends of a flow are of one family. */
		length = author->service % 2 ? 16 : 4;
		world_address(bytes, length, of_flow(author, attr, WORLD_ADDRESSES));
	} else if (role_of(attr) == ROLE_MAC) {
		memset(bytes, 0, length);
		bytes[0] = 2;
		bytes[length - 1] = dice_below(&author->dice, 4);
	} else {
		dice_fill(&author->dice, bytes, length);
	}
	tree_add(&author->tree, parent, attr->id, bytes, length);
}

static void range_write(struct author *author, unsigned int parent,
			const struct spec_attr *attr, uint16_t first, uint16_t last)
{
	unsigned int nest = tree_nest(&author->tree, parent, attr->id);
	char name[WORLD_NAME_SIZE];

	tree_add(&author->tree, nest, NFHA_A_RANGE_FIRST, &first, sizeof(first));
	tree_add(&author->tree, nest, NFHA_A_RANGE_LAST, &last, sizeof(last));
	world_instance(name, dice_percent(&author->dice, 50) ? author->instance :
		       dice_below(&author->dice, WORLD_INSTANCES));
	tree_add(&author->tree, nest, NFHA_A_RANGE_INSTANCE, name, strlen(name) + 1);
}

/* They tile R, as chance alone would never make them. */
static void ranges_write(struct author *author, unsigned int parent,
			 const struct spec_attr *attr)
{
	unsigned int cuts = dice_below(&author->dice, CUTS_MAX);
	unsigned int first = 0;

	if (dice_percent(&author->dice, 2))
		cuts = dice_below(&author->dice, 400);
	while (cuts-- && first < NFHA_FLOW_ID_MAX) {
		unsigned int last = first + dice_below(&author->dice,
						       (NFHA_FLOW_ID_MAX - first) / 2 + 1);

		range_write(author, parent, attr, first, last);
		first = last + 1;
	}
	range_write(author, parent, attr, first, NFHA_FLOW_ID_MAX);
}

static void port_device(struct author *author, unsigned int nest, unsigned int side,
			bool is_external)
{
	unsigned int service = around(author, author->service);
	char name[WORLD_NAME_SIZE];
	uint32_t index;

	if (is_external != dice_percent(&author->dice, 3))
		world_external(name, service, side);
	else
		world_device(name, service, around(author, author->instance), side);
	if (dice_percent(&author->dice, 85)) {
		tree_add(&author->tree, nest, NFHA_A_PORT_IFNAME, name, strlen(name) + 1);
		return;
	}
	index = if_nametoindex(name);
	tree_add(&author->tree, nest, NFHA_A_PORT_IFINDEX, &index, sizeof(index));
}

/* Of a service or of an instance: the first is on the left. */
static void port_write(struct author *author, unsigned int parent,
		       const struct spec_attr *attr, bool is_external)
{
	unsigned int nest = tree_nest(&author->tree, parent, attr->id);
	const struct spec_set *set = spec_set(attr->nested);
	uint32_t side = author->ports++ % 2;
	size_t i;

	tree_add(&author->tree, nest, NFHA_A_PORT_SIDE, &side, sizeof(side));
	port_device(author, nest, side, is_external);
	for (i = 0; i < set->count; i++)
		if (set->attr[i].id > NFHA_A_PORT_IFNAME && set->attr[i].type != SPEC_PAD &&
		    dice_percent(&author->dice, 3))
			attr_write(author, nest, &set->attr[i], set);
}

static void ports_write(struct author *author, unsigned int parent,
			const struct spec_attr *attr, bool is_external)
{
	unsigned int ports = 1 + world_has_side(author->service, 1);

	if (dice_percent(&author->dice, 5))
		ports = dice_below(&author->dice, 20);
	while (ports--)
		port_write(author, parent, attr, is_external);
}

static void nest_write(struct author *author, unsigned int parent,
		       const struct spec_attr *attr, const struct spec_set *set)
{
	switch (role_of(attr)) {
	case ROLE_RANGE:
		ranges_write(author, parent, attr);
		break;
	case ROLE_PORT:
		ports_write(author, parent, attr, !strcmp(set->name, "service"));
		break;
	default:
		set_write(author, tree_nest(&author->tree, parent, attr->id),
			  spec_set(attr->nested));
	}
}

static void attr_write(struct author *author, unsigned int parent,
		       const struct spec_attr *attr, const struct spec_set *set)
{
	switch (attr->type) {
	case SPEC_STRING:
		string_write(author, parent, attr);
		break;
	case SPEC_BINARY:
		binary_write(author, parent, attr);
		break;
	case SPEC_NEST:
		nest_write(author, parent, attr, set);
		break;
	case SPEC_FLAG:
	case SPEC_PAD:
		tree_add(&author->tree, parent, attr->id, NULL, 0);
		break;
	default:
		integer_write(author, parent, attr);
	}
}

static void set_write(struct author *author, unsigned int parent, const struct spec_set *set)
{
	unsigned int percent = dice_below(&author->dice, 100);
	size_t i;

	for (i = 0; parent && i < set->count; i++)
		if (set->attr[i].type != SPEC_PAD && dice_percent(&author->dice, percent))
			attr_write(author, parent, &set->attr[i], set);
}

static void look_around(struct author *author)
{
	if (author->left--)
		return;
	author->left = dice_below(&author->dice, REQUESTS_ABOUT);
	author->service = dice_below(&author->dice, WORLD_SERVICES);
	author->instance = dice_below(&author->dice, WORLD_INSTANCES);
	author->other = dice_below(&author->dice, WORLD_INSTANCES);
	author->flow = dice_below(&author->dice, WORLD_ADDRESSES);
}

void author_write(struct author *author, const struct spec_command *command)
{
	const struct spec_set *set = spec_set(command->set);
	size_t i;

	look_around(author);
	/* Instances in turn, for services have several. */
	if (dice_percent(&author->dice, 20))
		author->instance = dice_below(&author->dice, WORLD_INSTANCES);
	author->is_wide = dice_percent(&author->dice, 30);
	author->ports = 0;
	tree_clear(&author->tree);
	for (i = 0; i < command->count; i++) {
		const struct spec_attr *attr = &set->attr[command->request[i]];

		if (dice_percent(&author->dice, role_percent(command, attr, author->is_wide)))
			attr_write(author, TREE_ROOT, attr, set);
	}
}
