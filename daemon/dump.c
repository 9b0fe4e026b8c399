// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"

/* Services come and go, but hardly all the time. */
#define TRIES 8

struct reading;

/**
 * struct kind - what is read
 * @size: of one item
 * @read: by the library's function, into what is kept
 * @tell: gives the callback one item
 * @drop: frees what one item has, or NULL
 */
struct kind {
	size_t size;
	int (*read)(struct reading *reading);
	int (*tell)(const struct reading *reading, const void *item);
	void (*drop)(void *item);
};

/**
 * struct reading - a dump
 * @kind: of what
 * @h: where
 * @service: whose, or NULL
 * @filter: of flows, or NULL
 * @fn: by @kind, who is told
 * @data: for @fn
 * @item: what has come so far
 * @count: how many
 * @room: for how many
 */
struct reading {
	const struct kind *kind;
	struct nfha *h;
	const char *service;
	const struct nfha_flow_filter *filter;
	union {
		nfha_service_fn service;
		nfha_instance_fn instance;
		nfha_map_fn map;
		nfha_flow_fn flow;
		nfha_load_fn load;
		nfha_epoch_fn epoch;
	} fn;
	void *data;
	char *item;
	size_t count, room;
};

static void *item_at(const struct reading *reading, size_t n)
{
	return reading->item + n * reading->kind->size;
}

static int keep(struct reading *reading, const void *item)
{
	if (reading->count == reading->room) {
		size_t room = reading->room ? 2 * reading->room : 16;
		char *more = reallocarray(reading->item, room, reading->kind->size);

		if (!more)
			return -ENOMEM;
		reading->item = more;
		reading->room = room;
	}
	memcpy(item_at(reading, reading->count++), item, reading->kind->size);
	return 0;
}

static void forget(struct reading *reading)
{
	size_t n;

	for (n = 0; n < reading->count && reading->kind->drop; n++)
		reading->kind->drop(item_at(reading, n));
	reading->count = 0;
}

static int dump(struct reading *reading)
{
	unsigned int tries = 0;
	size_t n;
	int ret;

	do {
		forget(reading);
		ret = reading->kind->read(reading);
	} while (ret == -EINTR && ++tries < TRIES);
	for (n = 0; n < reading->count && !ret; n++)
		ret = reading->kind->tell(reading, item_at(reading, n));
	forget(reading);
	free(reading->item);
	return ret;
}

static int keep_service(const struct nfha_service *service, void *data)
{
	return keep(data, service);
}

static int read_services(struct reading *reading)
{
	return nfha_service_dump(reading->h, keep_service, reading);
}

static int tell_service(const struct reading *reading, const void *item)
{
	return reading->fn.service(item, reading->data);
}

static const struct kind services = {
	.size = sizeof(struct nfha_service),
	.read = read_services,
	.tell = tell_service,
};

int dump_services(struct nfha *h, nfha_service_fn fn, void *data)
{
	struct reading reading = {
		.kind = &services, .h = h, .fn.service = fn, .data = data,
	};

	return dump(&reading);
}

static int keep_instance(const struct nfha_instance *instance, void *data)
{
	return keep(data, instance);
}

static int read_instances(struct reading *reading)
{
	return nfha_instance_dump(reading->h, reading->service, keep_instance, reading);
}

static int tell_instance(const struct reading *reading, const void *item)
{
	return reading->fn.instance(item, reading->data);
}

static const struct kind instances = {
	.size = sizeof(struct nfha_instance),
	.read = read_instances,
	.tell = tell_instance,
};

int dump_instances(struct nfha *h, const char *service, nfha_instance_fn fn, void *data)
{
	struct reading reading = {
		.kind = &instances, .h = h, .service = service, .fn.instance = fn, .data = data,
	};

	return dump(&reading);
}

static int keep_load(const struct nfha_load *load, void *data)
{
	return keep(data, load);
}

static int read_loads(struct reading *reading)
{
	return nfha_load_dump(reading->h, reading->service, keep_load, reading);
}

static int tell_load(const struct reading *reading, const void *item)
{
	return reading->fn.load(item, reading->data);
}

static const struct kind loads = {
	.size = sizeof(struct nfha_load),
	.read = read_loads,
	.tell = tell_load,
};

int dump_loads(struct nfha *h, const char *service, nfha_load_fn fn, void *data)
{
	struct reading reading = {
		.kind = &loads, .h = h, .service = service, .fn.load = fn, .data = data,
	};

	return dump(&reading);
}

static int keep_epoch(const struct nfha_epoch *epoch, void *data)
{
	return keep(data, epoch);
}

static int read_epochs(struct reading *reading)
{
	return nfha_epoch_dump(reading->h, reading->service, keep_epoch, reading);
}

static int tell_epoch(const struct reading *reading, const void *item)
{
	return reading->fn.epoch(item, reading->data);
}

static const struct kind epochs = {
	.size = sizeof(struct nfha_epoch),
	.read = read_epochs,
	.tell = tell_epoch,
};

int dump_epochs(struct nfha *h, const char *service, nfha_epoch_fn fn, void *data)
{
	struct reading reading = {
		.kind = &epochs, .h = h, .service = service, .fn.epoch = fn, .data = data,
	};

	return dump(&reading);
}

static void drop_map(void *item)
{
	free(((struct nfha_map *)item)->range);
}

static int keep_map(const struct nfha_map *map, void *data)
{
	struct nfha_map copy = *map;
	int ret;

	copy.range = calloc(map->ranges + 1, sizeof(*map->range));
	if (!copy.range)
		return -ENOMEM;
	memcpy(copy.range, map->range, map->ranges * sizeof(*map->range));
	ret = keep(data, &copy);
	if (ret)
		free(copy.range);
	return ret;
}

static int read_maps(struct reading *reading)
{
	return nfha_map_dump(reading->h, keep_map, reading);
}

static int tell_map(const struct reading *reading, const void *item)
{
	return reading->fn.map(item, reading->data);
}

static const struct kind maps = {
	.size = sizeof(struct nfha_map),
	.read = read_maps,
	.tell = tell_map,
	.drop = drop_map,
};

int dump_maps(struct nfha *h, nfha_map_fn fn, void *data)
{
	struct reading reading = {
		.kind = &maps, .h = h, .fn.map = fn, .data = data,
	};

	return dump(&reading);
}

static int keep_flow(const struct nfha_flow *flow, void *data)
{
	return keep(data, flow);
}

static int read_flows(struct reading *reading)
{
	return nfha_flow_dump(reading->h, reading->service, reading->filter, keep_flow,
			      reading);
}

static int tell_flow(const struct reading *reading, const void *item)
{
	return reading->fn.flow(item, reading->data);
}

static const struct kind flows = {
	.size = sizeof(struct nfha_flow),
	.read = read_flows,
	.tell = tell_flow,
};

int dump_flows(struct nfha *h, const char *service, const struct nfha_flow_filter *filter,
	       nfha_flow_fn fn, void *data)
{
	struct reading reading = {
		.kind = &flows, .h = h, .service = service, .filter = filter, .fn.flow = fn,
		.data = data,
	};

	return dump(&reading);
}
