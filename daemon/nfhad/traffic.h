/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_TRAFFIC_H
#define NFHAD_TRAFFIC_H

#include <libnfha/nfha.h>
#include "sample.h"

/*
 * What the module counts of all instances of a service. One reading costs the same
 * requests however many there are: a dump of the instances, the service itself for what
 * concerns flows, a dump of the epochs for what concerns queues. The dump can be shared by
 * many services, and of one that gets no packets nothing else is asked, but for every 30
 * seconds.
 */
struct nfhad_traffic;

/**
 * struct nfhad_traffic_instance - an instance of it
 * @name: of the instance
 * @state: enum nfha_state
 * @width: flow IDs that it owns
 * @exceptions: flows that it has outside its ranges
 * @reading: what has been counted; nothing is known of usage
 */
struct nfhad_traffic_instance {
	char name[NFHA_NAME_MAX + 1];
	uint32_t state;
	uint32_t width;
	uint32_t exceptions;
	struct nfhad_reading reading;
};

/**
 * nfhad_traffic_open - begin to look at a service
 * @service: its name
 * @traffic: set
 *
 * Return: 0 or -ENOMEM.
 */
int nfhad_traffic_open(const char *service, struct nfhad_traffic **traffic);

/**
 * nfhad_traffic_gather - have what the module counts of many services with one dump
 * @all: the services
 * @count: how many
 * @commands: a connection to the module
 * @now: in microseconds
 * @others: set to the number of instances of other services, which are read for nothing
 *
 * A nfhad_traffic_read() of one of them at the same time goes on from there.
 *
 * Return: 0 or a negative errno; then each is read by itself.
 */
int nfhad_traffic_gather(struct nfhad_traffic *const *all, size_t count,
			 struct nfha *commands, uint64_t now, size_t *others);

/**
 * nfhad_traffic_read - read the counters of all instances
 * @traffic: the service
 * @commands: a connection to the module
 * @wanted: set of enum nfhad_measure; what the ports count comes in any case
 * @now: in microseconds
 *
 * What is known, and how:
 * packets, bits: of all ports of an instance, counted by the module;
 * flows: counted by the module, if it tracks them all;
 * new flows: the module counts those of the service. They are shared out by the flow
 * IDs that each instance owns: with a flow ID of the five-tuple, new flows are spread over
 * these evenly. With another affinity that is not so, and they are known of an instance
 * only that owns all or nothing;
 * drops: what found no room behind the devices of its ports and, with recovery, in the
 * input log or the output hold;
 * latency: what the module has measured with packets that came out of the instance since
 * the reading before; and if the log has nothing in it but what waits to be delivered,
 * how long the oldest of that has been waiting.
 *
 * Return: 0 or a negative errno; then nothing is known of any instance.
 */
int nfhad_traffic_read(struct nfhad_traffic *traffic, struct nfha *commands,
		       uint32_t wanted, uint64_t now);

/**
 * nfhad_traffic_find - an instance as it was when the service was read last
 * @traffic: the service
 * @name: of the instance
 *
 * Return: valid until the next nfhad_traffic_read(); or NULL: there was none.
 */
const struct nfhad_traffic_instance *
nfhad_traffic_find(struct nfhad_traffic *traffic, const char *name);

/* NULL is fine. */
void nfhad_traffic_close(struct nfhad_traffic *traffic);

#endif /* NFHAD_TRAFFIC_H */
