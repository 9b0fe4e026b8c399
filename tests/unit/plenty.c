// SPDX-License-Identifier: GPL-2.0-or-later
/* A daemon and a module with services that are made up. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"
#include "plenty.h"
#include "scale.h"
#include "service.h"

#define GONE "gone"

static char names[PLENTY_MAX][NFHA_NAME_MAX + 1];
static char name_of_fw[64];
static struct nfhad_instance_config instance_config[PLENTY_MAX];
static struct nfhad_service_config service_config[2];
static struct nfhad_instance instance[PLENTY_MAX];
static struct nfhad_instance lost;
static struct nfhad_service service[2];
static struct nfhad_service *services[2] = { &service[0], &service[1] };

static void instance_make(struct nfhad_instance *i, size_t n,
			  struct nfhad_service *of)
{
	snprintf(names[n], sizeof(names[n]), "i%zu", n);
	instance_config[n].name = names[n];
	*i = (struct nfhad_instance){
		.service = of,
		.config = &instance_config[n],
		.state = n ? NFHAD_INSTANCE_STANDBY : NFHAD_INSTANCE_ACTIVE,
		.tally = {
			.checkpoints = 1000 + n,
			.checkpoint_failures = 3,
			.checkpoint_us = 20300,
			.plug_us = 1005,
			.checkpoint_at_us = 1795313324000007,
			.failures = 1,
			.takeovers = 2,
		},
	};
}

void plenty_name(const char *name)
{
	snprintf(name_of_fw, sizeof(name_of_fw), "%s", name);
}

void plenty_make(struct nfhad *d, size_t instances)
{
	size_t n;

	plenty_name("fw");
	service_config[0].name = name_of_fw;
	service_config[1].name = GONE;
	for (n = 0; n < instances; n++)
		instance_make(&instance[n], n, &service[0]);
	instance_make(&lost, 0, &service[1]);
	lost.state = NFHAD_INSTANCE_UNKNOWN;
	memset(&lost.tally, 0, sizeof(lost.tally));
	for (n = 0; n < 2; n++) {
		service[n].nfhad = d;
		service[n].config = &service_config[n];
	}
	service[0].instances = instances;
	service[0].instance = instance;
	service[1].instances = 1;
	service[1].instance = &lost;
	d->services = 2;
	d->service = services;
}

/* Instead of kernel.c. */
int nfhad_kernel_service(const struct nfhad_service *of,
			 struct nfha_service *answer)
{
	unsigned int n;

	if (of != &service[0])
		return -ENOENT;
	*answer = (struct nfha_service){
		.threshold = 100,
		.flows_max = 65536,
		.generation = 7,
		.flows = 12345,
		.exceptions = 321,
		.imported = 4,
	};
	for (n = 0; n <= NFHA_A_SERVICE_STATS_MAX; n++)
		answer->stats[n] = 100 + n;
	answer->stats[NFHA_A_SERVICE_STATS_HIT] = UINT64_MAX;
	return 0;
}

static void port_make(struct nfha_port *port, uint32_t side)
{
	port->side = side;
	port->carrier = side == NFHA_SIDE_LEFT;
	port->rx_packets = 10 + side;
	port->rx_bytes = 1000 + side;
	port->tx_packets = 20 + side;
	port->tx_bytes = 2000 + side;
	port->tx_dropped = 7 + side;
}

static void kernel_make(struct nfha_instance *i, const char *name)
{
	*i = (struct nfha_instance){
		.state = NFHA_STATE_DRAINING,
		.ports = 2,
		.flows = 8000,
		.exceptions = 5,
		.learned = 6,
		.latency_us = 2500,
		.latency_samples = 60,
		.latency_lost = 5,
		.width = 32768,
		.fenced = true,
	};
	snprintf(i->name, sizeof(i->name), "%s", name);
	port_make(&i->port[0], NFHA_SIDE_LEFT);
	port_make(&i->port[1], NFHA_SIDE_RIGHT);
}

int nfhad_kernel_instances(const struct nfhad_service *of, nfha_instance_fn fn,
			   void *data)
{
	struct nfha_instance one;
	size_t n;
	int ret = 0;

	(void)of;
	for (n = 0; n < service[0].instances && !ret; n++) {
		if (n == 1)
			continue;
		kernel_make(&one, names[n]);
		ret = fn(&one, data);
	}
	kernel_make(&one, "stray");
	return ret ? ret : fn(&one, data);
}

static const struct nfha_queue log_queue = {
	.packets = 1,
	.bytes = 1500,
	.limit = 1048576,
	.oldest_ms = 1234,
	.packets_high = 77,
	.bytes_high = 88,
	.total = 99,
	.dropped = 2,
};

int nfhad_kernel_epochs(const struct nfhad_service *of, nfha_epoch_fn fn,
			void *data)
{
	struct nfha_epoch epoch = {
		.recovery = NFHA_RECOVERY_BUFFER,
		.epoch = 12,
		.committed = 10,
		.pending = 1,
		.flags = NFHA_RECOVERY_FLAGS_PLUGGED |
			 NFHA_RECOVERY_FLAGS_UNATTENDED,
		.log = log_queue,
		.waiting = 31,
		.unlogged = 32,
		.fenced = 33,
		.uncommitted = 34,
		.replayed = 35,
	};
	size_t n;
	int ret = 0;

	(void)of;
	for (n = 0; n < service[0].instances && !ret; n++) {
		if (n == 1)
			continue;
		memcpy(epoch.instance, names[n], sizeof(names[n]));
		ret = fn(&epoch, data);
	}
	epoch.recovery = NFHA_RECOVERY_NONE;
	snprintf(epoch.instance, sizeof(epoch.instance), "stray");
	return ret ? ret : fn(&epoch, data);
}

/* Instead of scale.c. */
enum nfhad_scale_state nfhad_scale_state(const struct nfhad_service *about)
{
	return about == &service[0] ? NFHAD_SCALE_SPLIT : NFHAD_SCALE_STEADY;
}
