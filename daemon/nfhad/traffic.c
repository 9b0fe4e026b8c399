// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module counts. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dump.h"
#include "traffic.h"

#define US_PER_MS 1000

/* So long nothing is asked of a service that no packet has come to or from. */
#define REST_US UINT64_C(30000000)

/* Shares of a flow are counted, too. */
#define FLOW_PARTS 65536

#define BIT(name) NFHAD_MEASURE_BIT(NFHAD_MEASURE_##name)

/**
 * struct entry - an instance
 * @is_read: it was in the dump
 * @is_new: for the first time
 * @samples: that its latency had been measured with when it was last read
 * @parts: of new flows, FLOW_PARTS each, that it has had
 * @told: what others may know
 */
struct entry {
	bool is_read;
	bool is_new;
	uint32_t samples;
	uint64_t parts;
	struct nfhad_traffic_instance told;
};

/**
 * struct nfhad_traffic - a service
 * @service: its name
 * @entry: its instances, as the module lists them
 * @count: how many
 * @room: for how many
 * @next: that which comes next in a dump, unless instances have come or gone
 * @now: of the reading
 * @is_gathered: the instances are of @now already
 * @packets: of all ports, at the last reading
 * @asked: when the module was asked for the service; what it said then:
 * @is_counted: @new_flows are known
 * @is_even: they are spread evenly over the flow IDs
 * @has_epochs: its instances have queues
 * @new_flows: of the service
 */
struct nfhad_traffic {
	char service[NFHA_NAME_MAX + 1];
	struct entry *entry;
	size_t count;
	size_t room;
	size_t next;
	uint64_t now;
	bool is_gathered;
	uint64_t packets;
	uint64_t asked;
	bool is_counted;
	bool is_even;
	bool has_epochs;
	uint64_t new_flows;
};

int nfhad_traffic_open(const char *service, struct nfhad_traffic **out)
{
	struct nfhad_traffic *traffic = calloc(1, sizeof(*traffic));

	if (!traffic)
		return -ENOMEM;
	snprintf(traffic->service, sizeof(traffic->service), "%s", service);
	*out = traffic;
	return 0;
}

void nfhad_traffic_close(struct nfhad_traffic *traffic)
{
	if (!traffic)
		return;
	free(traffic->entry);
	free(traffic);
}

static struct entry *find_from(const struct nfhad_traffic *traffic,
			       const char *name, size_t first)
{
	size_t i;

	for (i = 0; i < traffic->count; i++) {
		size_t at = (first + i) % traffic->count;

		if (!strcmp(traffic->entry[at].told.name, name))
			return &traffic->entry[at];
	}
	return NULL;
}

/* Nearly always it is the next one. */
static struct entry *find_next(struct nfhad_traffic *traffic, const char *name)
{
	struct entry *entry = find_from(traffic, name, traffic->next);

	if (entry)
		traffic->next = entry - traffic->entry + 1;
	return entry;
}

static struct entry *add(struct nfhad_traffic *traffic, const char *name)
{
	size_t room = traffic->room ? 2 * traffic->room : 8;
	struct entry *entry;

	if (traffic->count == traffic->room) {
		entry = reallocarray(traffic->entry, room, sizeof(*entry));
		if (!entry)
			return NULL;
		traffic->entry = entry;
		traffic->room = room;
	}
	entry = &traffic->entry[traffic->count++];
	*entry = (struct entry){ .is_new = true };
	snprintf(entry->told.name, sizeof(entry->told.name), "%s", name);
	traffic->next = traffic->count;
	return entry;
}

static void add_ports(struct nfhad_reading *reading,
		      const struct nfha_instance *instance)
{
	unsigned int i;

	for (i = 0; i < instance->ports; i++) {
		reading->packets_to += instance->port[i].tx_packets;
		reading->packets_from += instance->port[i].rx_packets;
		reading->bytes_to += instance->port[i].tx_bytes;
		reading->bytes_from += instance->port[i].rx_bytes;
		reading->drops += instance->port[i].tx_dropped;
	}
}

/* What was measured long ago says nothing of now. */
static void add_latency(struct entry *entry,
			const struct nfha_instance *instance)
{
	struct nfhad_reading *reading = &entry->told.reading;

	reading->latency_us = instance->latency_us;
	if (!entry->is_new && instance->latency_samples != entry->samples)
		reading->known |= BIT(LATENCY);
	entry->samples = instance->latency_samples;
}

static int on_instance(const struct nfha_instance *instance, void *data)
{
	struct nfhad_traffic *traffic = data;
	struct nfhad_traffic_instance *told;
	struct entry *entry;

	entry = find_next(traffic, instance->name) ?:
		add(traffic, instance->name);
	if (!entry)
		return -ENOMEM;
	entry->is_read = true;
	told = &entry->told;
	told->state = instance->state;
	told->width = instance->width;
	told->exceptions = instance->exceptions;
	told->reading = (struct nfhad_reading){
		.known = BIT(PACKETS) | BIT(BITS) | BIT(DROPS),
		.traffic_us = traffic->now,
		.flows = instance->flows,
	};
	add_ports(&told->reading, instance);
	add_latency(entry, instance);
	return 0;
}

/* Those that the dump did not have are gone. */
static void drop_gone(struct nfhad_traffic *traffic)
{
	size_t i, n = 0;

	for (i = 0; i < traffic->count; i++)
		if (traffic->entry[i].is_read)
			traffic->entry[n++] = traffic->entry[i];
	traffic->count = n;
}

static void begin(struct nfhad_traffic *traffic, uint64_t now)
{
	size_t i;

	traffic->now = now;
	traffic->next = 0;
	for (i = 0; i < traffic->count; i++) {
		traffic->entry[i].is_read = false;
		traffic->entry[i].is_new = false;
	}
}

static int read_instances(struct nfhad_traffic *traffic, struct nfha *commands,
			  uint64_t now)
{
	int ret;

	begin(traffic, now);
	ret = dump_instances(commands, traffic->service, on_instance, traffic);
	if (!ret)
		drop_gone(traffic);
	return ret;
}

/**
 * struct gathering - of many services at once
 * @all: them
 * @count: how many
 * @next: that which comes next, as a rule
 * @others: instances of other services
 */
struct gathering {
	struct nfhad_traffic *const *all;
	size_t count;
	size_t next;
	size_t others;
};

static int on_any_instance(const struct nfha_instance *instance, void *data)
{
	struct gathering *gathering = data;
	size_t i, at;

	for (i = 0; i < gathering->count; i++) {
		at = (gathering->next + i) % gathering->count;
		if (strcmp(gathering->all[at]->service, instance->service) != 0)
			continue;
		gathering->next = at;
		return on_instance(instance, gathering->all[at]);
	}
	gathering->others++;
	return 0;
}

int nfhad_traffic_gather(struct nfhad_traffic *const *all, size_t count,
			 struct nfha *commands, uint64_t now, size_t *others)
{
	struct gathering gathering = { .all = all, .count = count };
	size_t i;
	int ret;

	for (i = 0; i < count; i++)
		begin(all[i], now);
	ret = dump_instances(commands, NULL, on_any_instance, &gathering);
	for (i = 0; i < count && !ret; i++) {
		drop_gone(all[i]);
		/* One that the module does not have is asked for by its name. */
		all[i]->is_gathered = all[i]->count;
	}
	*others = gathering.others;
	return ret;
}

/* Without packets there are no new flows, and nothing is dropped. */
static bool is_at_rest(struct nfhad_traffic *traffic)
{
	uint64_t before = traffic->packets;
	size_t i;

	traffic->packets = 0;
	for (i = 0; i < traffic->count; i++)
		traffic->packets += traffic->entry[i].told.reading.packets_to +
				    traffic->entry[i].told.reading.packets_from;
	return traffic->packets == before && traffic->asked &&
	       traffic->now - traffic->asked < REST_US;
}

static uint32_t owned(const struct nfhad_traffic *traffic)
{
	uint32_t width = 0;
	size_t i;

	for (i = 0; i < traffic->count; i++)
		width += traffic->entry[i].told.width;
	return width;
}

/* One that was not there before has had nothing of what came before. */
static void share_out(struct nfhad_traffic *traffic, uint64_t flows)
{
	uint32_t all = owned(traffic);
	size_t i;

	for (i = 0; i < traffic->count; i++) {
		struct entry *entry = &traffic->entry[i];
		uint32_t width = entry->told.width;

		if (width && !entry->is_new)
			entry->parts += flows * FLOW_PARTS / all * width;
		entry->told.reading.new_flows = entry->parts / FLOW_PARTS;
		if (traffic->is_even || !width || width == all)
			entry->told.reading.known |= BIT(NEW_FLOWS);
	}
}

/* Sets what is new since it was asked before; false if that is not known. */
static bool note_service(struct nfhad_traffic *traffic,
			 const struct nfha_service *service, uint64_t *new_flows)
{
	uint64_t now = service->stats[NFHA_A_SERVICE_STATS_NEW];
	uint64_t before = traffic->is_counted ? traffic->new_flows : now;

	/* What is tracked in part says nothing of the rest. */
	traffic->is_counted = service->tracking == NFHA_TRACKING_FLOWS;
	traffic->is_even = service->affinity == NFHA_AFFINITY_FIVE_TUPLE;
	traffic->has_epochs = service->recovery != NFHA_RECOVERY_NONE;
	traffic->new_flows = now;
	*new_flows = now - before;
	return now >= before;
}

static int read_service(struct nfhad_traffic *traffic, struct nfha *commands,
			uint32_t wanted)
{
	struct nfha_service service;
	uint64_t new_flows = 0;
	bool is_known = true;
	size_t i;
	int ret;

	if (!is_at_rest(traffic)) {
		traffic->asked = 0;
		ret = nfha_service_get(commands, traffic->service, &service);
		if (ret) {
			traffic->is_counted = false;
			return ret;
		}
		traffic->asked = traffic->now;
		is_known = note_service(traffic, &service, &new_flows);
	}
	if (!traffic->is_counted || !(wanted & (BIT(FLOWS) | BIT(NEW_FLOWS))))
		return 0;
	for (i = 0; i < traffic->count; i++)
		traffic->entry[i].told.reading.known |= BIT(FLOWS);
	if (is_known)
		share_out(traffic, new_flows);
	return 0;
}

/* Nothing comes out of an instance that gets nothing, so nothing is measured there. */
static void add_wait(struct nfhad_reading *reading, uint32_t oldest_ms)
{
	uint32_t us = oldest_ms < UINT32_MAX / US_PER_MS ? oldest_ms * US_PER_MS :
							   UINT32_MAX;

	if (!(reading->known & BIT(LATENCY)) || us > reading->latency_us)
		reading->latency_us = us;
	reading->known |= BIT(LATENCY);
}

static int on_epoch(const struct nfha_epoch *epoch, void *data)
{
	struct nfhad_traffic *traffic = data;
	struct entry *entry = find_next(traffic, epoch->instance);
	struct nfhad_reading *reading;

	if (!entry)
		return 0;
	reading = &entry->told.reading;
	reading->drops += epoch->log.dropped + epoch->hold.dropped;
	/* The age is that of the first in the log, be it delivered or not. */
	if (epoch->waiting && epoch->waiting == epoch->log.packets)
		add_wait(reading, epoch->log.oldest_ms);
	return 0;
}

static int read_epochs(struct nfhad_traffic *traffic, struct nfha *commands)
{
	traffic->next = 0;
	return dump_epochs(commands, traffic->service, on_epoch, traffic);
}

int nfhad_traffic_read(struct nfhad_traffic *traffic, struct nfha *commands,
		       uint32_t wanted, uint64_t now)
{
	const uint32_t queues = BIT(DROPS) | BIT(LATENCY);
	bool is_gathered = traffic->is_gathered && traffic->now == now;
	size_t i;
	int ret = 0;

	traffic->is_gathered = false;
	if (!is_gathered)
		ret = read_instances(traffic, commands, now);
	if (!ret && wanted & (BIT(FLOWS) | BIT(NEW_FLOWS) | queues))
		ret = read_service(traffic, commands, wanted);
	if (!ret && wanted & queues && traffic->has_epochs)
		ret = read_epochs(traffic, commands);
	if (!ret)
		return 0;
	for (i = 0; i < traffic->count; i++)
		traffic->entry[i].told.reading.known = 0;
	return ret;
}

const struct nfhad_traffic_instance *
nfhad_traffic_find(struct nfhad_traffic *traffic, const char *name)
{
	const struct entry *entry = find_next(traffic, name);

	return entry ? &entry->told : NULL;
}
