// SPDX-License-Identifier: GPL-2.0-or-later
/* What is made of the module's counters, with a module that is none. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "traffic.h"
#include "unit.h"
#include "wraps.h"

#define BIT(name) NFHAD_MEASURE_BIT(NFHAD_MEASURE_##name)
#define PORTS (BIT(PACKETS) | BIT(BITS) | BIT(DROPS))
#define FLOWS (BIT(FLOWS) | BIT(NEW_FLOWS))

#define INSTANCES_MAX 300

/* Never looked into. */
static struct nfha *const commands = (struct nfha *)&commands;

static struct nfha_instance instances[INSTANCES_MAX];
static int count;
static int instances_error;
static struct nfha_service service;
static int service_error;
static struct nfha_epoch epochs[3];
static int epoch_count;
static int epochs_error;

/* How often each has been asked for. */
static int instance_dumps;
static int service_gets;
static int epoch_dumps;

/* What is to be asked for, and what a dump has. */
static const char *name_of_dump = "fw";

static struct nfhad_traffic *traffic;
static uint64_t now;

int __wrap_nfha_instance_dump(struct nfha *h, const char *name,
			      nfha_instance_fn fn, void *data)
{
	int i, ret = 0;

	ck_assert_ptr_eq(h, commands);
	ck_assert_str_eq(name ?: "all", name_of_dump);
	instance_dumps++;
	for (i = 0; i < count && !ret; i++)
		ret = fn(&instances[i], data);
	return ret ?: instances_error;
}

int __wrap_nfha_service_get(struct nfha *h, const char *name,
			    struct nfha_service *answer)
{
	ck_assert_ptr_eq(h, commands);
	ck_assert_str_eq(name, "fw");
	service_gets++;
	*answer = service;
	return service_error;
}

int __wrap_nfha_epoch_dump(struct nfha *h, const char *name, nfha_epoch_fn fn,
			   void *data)
{
	int i, ret = 0;

	ck_assert_ptr_eq(h, commands);
	ck_assert_str_eq(name, "fw");
	epoch_dumps++;
	for (i = 0; i < epoch_count && !ret; i++)
		ret = fn(&epochs[i], data);
	return ret ?: epochs_error;
}

static void make_instance(int i, const char *name, uint32_t width)
{
	instances[i] = (struct nfha_instance){
		.state = NFHA_STATE_ACTIVE,
		.ports = 2,
		.port = {
			{ .tx_packets = 10, .tx_bytes = 1000, .rx_packets = 7,
			  .rx_bytes = 700 },
			{ .tx_packets = 3, .tx_bytes = 300, .rx_packets = 2,
			  .rx_bytes = 200 },
		},
		.flows = 50 + i,
		.exceptions = 4,
		.width = width,
		.service = "fw",
	};
	snprintf(instances[i].name, sizeof(instances[i].name), "%s", name);
}

static void setup(void)
{
	make_instance(0, "A", 49152);
	make_instance(1, "B", 16384);
	make_instance(2, "C", 0);
	count = 3;
	service = (struct nfha_service){
		.affinity = NFHA_AFFINITY_FIVE_TUPLE,
		.tracking = NFHA_TRACKING_FLOWS,
		.recovery = NFHA_RECOVERY_BUFFER,
	};
	service.stats[NFHA_A_SERVICE_STATS_NEW] = 1000;
	now = 5000000;
	ck_assert_int_eq(nfhad_traffic_open("fw", &traffic), 0);
}

static void teardown(void)
{
	nfhad_traffic_close(traffic);
}

static void read_all(uint32_t wanted)
{
	now += 1000000;
	ck_assert_int_eq(nfhad_traffic_read(traffic, commands, wanted, now), 0);
}

static const struct nfhad_traffic_instance *find(const char *name)
{
	const struct nfhad_traffic_instance *instance =
		nfhad_traffic_find(traffic, name);

	ck_assert_ptr_nonnull(instance);
	ck_assert_str_eq(instance->name, name);
	return instance;
}

static uint32_t known_of(const char *name)
{
	return find(name)->reading.known;
}

static uint64_t new_flows_of(const char *name)
{
	return find(name)->reading.new_flows;
}

START_TEST(counters)
{
	const struct nfhad_traffic_instance *a;

	ck_assert_ptr_null(nfhad_traffic_find(traffic, "A"));
	read_all(PORTS);
	a = find("A");
	ck_assert_uint_eq(a->reading.known, PORTS);
	ck_assert_uint_eq(a->reading.traffic_us, now);
	ck_assert_uint_eq(a->reading.packets_to, 13);
	ck_assert_uint_eq(a->reading.packets_from, 9);
	ck_assert_uint_eq(a->reading.bytes_to, 1300);
	ck_assert_uint_eq(a->reading.bytes_from, 900);
	ck_assert_uint_eq(a->state, NFHA_STATE_ACTIVE);
	ck_assert_uint_eq(a->width, 49152);
	ck_assert_uint_eq(a->exceptions, 4);
	ck_assert_ptr_null(nfhad_traffic_find(traffic, "D"));
	/* One port, none. */
	instances[0].ports = 1;
	instances[1].ports = 0;
	read_all(PORTS);
	ck_assert_uint_eq(find("A")->reading.packets_to, 10);
	ck_assert_uint_eq(find("B")->reading.packets_to, 0);
}

/* A packet comes through. */
static void move(void)
{
	instances[0].port[0].tx_packets++;
}

static void read_moved(uint32_t wanted)
{
	move();
	read_all(wanted);
}

/* However many instances, and no more than is wanted. */
START_TEST(requests)
{
	read_all(0);
	read_all(BIT(PACKETS) | BIT(CPU) | BIT(PRESSURE));
	ck_assert_int_eq(instance_dumps, 2);
	ck_assert_int_eq(service_gets + epoch_dumps, 0);
	read_moved(BIT(FLOWS));
	read_moved(BIT(NEW_FLOWS));
	ck_assert_int_eq(service_gets, 2);
	ck_assert_int_eq(epoch_dumps, 0);
	read_moved(BIT(DROPS));
	read_moved(BIT(LATENCY));
	ck_assert_int_eq(service_gets, 4);
	ck_assert_int_eq(epoch_dumps, 2);
	read_moved(NFHAD_MEASURES_ALL);
	ck_assert_int_eq(instance_dumps, 7);
	ck_assert_int_eq(service_gets, 5);
	ck_assert_int_eq(epoch_dumps, 3);
}

/* What can only change with a packet is not asked for, but now and then. */
START_TEST(at_rest)
{
	read_all(FLOWS);
	ck_assert_int_eq(service_gets, 1);
	service.stats[NFHA_A_SERVICE_STATS_NEW] += 8;
	read_all(FLOWS);
	ck_assert_int_eq(service_gets, 1);
	ck_assert_uint_eq(known_of("A"), PORTS | FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 0);
	now += 28000000;
	read_all(FLOWS);
	ck_assert_int_eq(service_gets, 2);
	ck_assert_uint_eq(new_flows_of("A"), 6);
	service.stats[NFHA_A_SERVICE_STATS_NEW] += 8;
	read_moved(FLOWS);
	ck_assert_int_eq(service_gets, 3);
	ck_assert_uint_eq(new_flows_of("A"), 12);
}

/* Where there is no recovery, there are no queues. */
START_TEST(without_recovery)
{
	service.recovery = NFHA_RECOVERY_NONE;
	read_moved(NFHAD_MEASURES_ALL);
	ck_assert_int_eq(epoch_dumps, 0);
	ck_assert_uint_eq(known_of("A"), PORTS | FLOWS);
}

/* Two services with one dump, in which there is one of a third. */
START_TEST(gathered)
{
	struct nfhad_traffic *all[2] = { traffic };
	size_t others;

	ck_assert_int_eq(nfhad_traffic_open("nat", &all[1]), 0);
	snprintf(instances[1].service, sizeof(instances[1].service), "nat");
	snprintf(instances[2].service, sizeof(instances[2].service), "lb");
	name_of_dump = "all";
	ck_assert_int_eq(nfhad_traffic_gather(all, 2, commands, ++now, &others), 0);
	ck_assert_uint_eq(others, 1);
	ck_assert_int_eq(nfhad_traffic_read(all[0], commands, 0, now), 0);
	ck_assert_int_eq(nfhad_traffic_read(all[1], commands, 0, now), 0);
	ck_assert_int_eq(instance_dumps, 1);
	ck_assert_uint_eq(known_of("A"), PORTS);
	ck_assert_ptr_null(nfhad_traffic_find(traffic, "B"));
	ck_assert_ptr_nonnull(nfhad_traffic_find(all[1], "B"));
	ck_assert_ptr_null(nfhad_traffic_find(all[1], "C"));
	/* At another time it is read anew. */
	name_of_dump = "fw";
	snprintf(instances[1].service, sizeof(instances[1].service), "fw");
	read_all(0);
	ck_assert_int_eq(instance_dumps, 2);
	ck_assert_ptr_nonnull(nfhad_traffic_find(traffic, "B"));
	nfhad_traffic_close(all[1]);
}

/* Of which it has nothing: it is asked for by its name, and says why. */
START_TEST(gathered_in_vain)
{
	size_t others;

	snprintf(instances[0].service, sizeof(instances[0].service), "lb");
	count = 1;
	name_of_dump = "all";
	ck_assert_int_eq(nfhad_traffic_gather(&traffic, 1, commands, ++now,
					      &others), 0);
	name_of_dump = "fw";
	instances_error = -ENOENT;
	ck_assert_int_eq(nfhad_traffic_read(traffic, commands, 0, now),
			 -ENOENT);
	ck_assert_int_eq(instance_dumps, 2);
}

START_TEST(live_flows)
{
	read_all(FLOWS);
	ck_assert_uint_eq(known_of("A"), PORTS | FLOWS);
	ck_assert_uint_eq(find("A")->reading.flows, 50);
	ck_assert_uint_eq(find("B")->reading.flows, 51);
}

static void add_flows(uint64_t flows)
{
	service.stats[NFHA_A_SERVICE_STATS_NEW] += flows;
	move();
}

START_TEST(new_flows)
{
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 0);
	add_flows(100);
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 75);
	ck_assert_uint_eq(new_flows_of("B"), 25);
	ck_assert_uint_eq(new_flows_of("C"), 0);
	ck_assert_uint_eq(known_of("C"), PORTS | FLOWS);
	/* Parts of a flow are not lost. */
	add_flows(1);
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 75);
	add_flows(1);
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 76);
	ck_assert_uint_eq(new_flows_of("B"), 25);
}

/* From the split on they go elsewhere; what was before stays. */
START_TEST(new_flows_after_a_split)
{
	read_all(FLOWS);
	add_flows(100);
	read_all(FLOWS);
	instances[0].width = 16384;
	instances[2].width = 32768;
	add_flows(1000);
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 75 + 250);
	ck_assert_uint_eq(new_flows_of("B"), 25 + 250);
	ck_assert_uint_eq(new_flows_of("C"), 500);
}

/* What nobody owns gets no flows: they are all of those who own something. */
START_TEST(new_flows_without_an_owner)
{
	instances[0].width = 16384;
	read_all(FLOWS);
	add_flows(100);
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 50);
	instances[0].width = 0;
	instances[1].width = 0;
	add_flows(100);
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 50);
}

/* A hundred clients may all be one. */
START_TEST(new_flows_by_source)
{
	service.affinity = NFHA_AFFINITY_SOURCE;
	read_all(FLOWS);
	add_flows(100);
	read_all(FLOWS);
	ck_assert_uint_eq(known_of("A"), PORTS | BIT(FLOWS));
	ck_assert_uint_eq(known_of("B"), PORTS | BIT(FLOWS));
	ck_assert_uint_eq(known_of("C"), PORTS | FLOWS);
	/* But if there is no other, they are its. */
	instances[0].width = 65536;
	instances[1].width = 0;
	add_flows(100);
	read_all(FLOWS);
	ck_assert_uint_eq(known_of("A"), PORTS | FLOWS);
	ck_assert_uint_eq(known_of("B"), PORTS | FLOWS);
}

START_TEST(flows_that_are_not_tracked)
{
	service.tracking = NFHA_TRACKING_IMPORTED;
	read_all(FLOWS);
	ck_assert_uint_eq(known_of("A"), PORTS);
	service.tracking = NFHA_TRACKING_FLOWS;
	add_flows(100);
	read_all(FLOWS);
	ck_assert_uint_eq(known_of("A"), PORTS | FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 0);
}

/* The service was made anew. */
START_TEST(flows_of_another_service)
{
	read_all(FLOWS);
	service.stats[NFHA_A_SERVICE_STATS_NEW] = 999;
	read_moved(FLOWS);
	ck_assert_uint_eq(known_of("A"), PORTS | BIT(FLOWS));
	add_flows(4);
	read_all(FLOWS);
	ck_assert_uint_eq(known_of("A"), PORTS | FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 3);
}

START_TEST(instances_come_and_go)
{
	char name[16];
	int i;

	read_all(FLOWS);
	add_flows(100);
	read_all(FLOWS);
	/* A has gone, C is the first, and there are many. */
	for (i = 0; i < INSTANCES_MAX; i++) {
		snprintf(name, sizeof(name), "X%d", i);
		make_instance(i, name, 0);
	}
	make_instance(0, "C", 32768);
	make_instance(5, "B", 32768);
	count = INSTANCES_MAX;
	add_flows(100);
	read_all(FLOWS);
	ck_assert_ptr_null(nfhad_traffic_find(traffic, "A"));
	ck_assert_uint_eq(new_flows_of("B"), 25 + 50);
	ck_assert_uint_eq(new_flows_of("C"), 50);
	ck_assert_uint_eq(find("X299")->reading.flows, 50 + 299);
	/* A is back: another one, to which nothing happened yet. */
	make_instance(0, "A", 65536);
	count = 1;
	add_flows(100);
	read_all(FLOWS);
	ck_assert_ptr_null(nfhad_traffic_find(traffic, "B"));
	ck_assert_uint_eq(new_flows_of("A"), 0);
	add_flows(100);
	read_all(FLOWS);
	ck_assert_uint_eq(new_flows_of("A"), 100);
	count = 0;
	read_all(FLOWS);
	ck_assert_ptr_null(nfhad_traffic_find(traffic, "A"));
}

static void make_epoch(int i, const char *name)
{
	epochs[i] = (struct nfha_epoch){ 0 };
	snprintf(epochs[i].instance, sizeof(epochs[i].instance), "%s", name);
}

#define QUEUES (BIT(DROPS) | BIT(LATENCY))

/* B has none, and of one that has just come nothing else is known. */
START_TEST(drops)
{
	make_epoch(0, "A");
	make_epoch(1, "C");
	make_epoch(2, "D");
	epoch_count = 3;
	epochs[0].log.dropped = 5;
	epochs[0].hold.dropped = 6;
	epochs[1].hold.dropped = 7;
	read_all(QUEUES);
	ck_assert_uint_eq(known_of("A"), PORTS | BIT(DROPS));
	ck_assert_uint_eq(find("A")->reading.drops, 11);
	ck_assert_uint_eq(known_of("B"), PORTS);
	ck_assert_uint_eq(find("C")->reading.drops, 7);
	ck_assert_ptr_null(nfhad_traffic_find(traffic, "D"));
}

/* Packets in the log, those of them that wait, the age of the first; what is known. */
static const struct {
	uint64_t packets;
	uint64_t waiting;
	uint32_t oldest_ms;
	uint32_t known;
	uint32_t latency_us;
} logs[] = {
	{ 0, 0, 0, 0, 0 },
	{ 9, 0, 70, 0, 0 },
	{ 9, 8, 70, 0, 0 },
	{ 9, 9, 70, BIT(LATENCY), 70000 },
	{ 9, 9, 0, BIT(LATENCY), 0 },
	{ 9, 9, UINT32_MAX / 1000, BIT(LATENCY), UINT32_MAX },
	{ 9, 9, UINT32_MAX, BIT(LATENCY), UINT32_MAX },
	{ 9, 9, UINT32_MAX / 1000 - 1, BIT(LATENCY), 4294966000 },
};

START_TEST(latency)
{
	make_epoch(0, "A");
	epoch_count = 1;
	epochs[0].log.packets = logs[_i].packets;
	epochs[0].log.oldest_ms = logs[_i].oldest_ms;
	epochs[0].waiting = logs[_i].waiting;
	read_all(QUEUES);
	ck_assert_uint_eq(known_of("A"), PORTS | BIT(DROPS) | logs[_i].known);
	ck_assert_uint_eq(find("A")->reading.latency_us, logs[_i].latency_us);
}

/* A packet is not lost twice, and what a device has lost of both ports is. */
START_TEST(device_drops)
{
	instances[0].port[0].tx_dropped = 5;
	instances[0].port[1].tx_dropped = 6;
	read_all(PORTS);
	ck_assert_uint_eq(find("A")->reading.drops, 11);
	ck_assert_uint_eq(find("B")->reading.drops, 0);
}

/* Known while packets are measured, not of what was before the first reading. */
START_TEST(measured)
{
	instances[0].latency_us = 300;
	instances[0].latency_samples = 9;
	read_all(PORTS);
	ck_assert_uint_eq(known_of("A"), PORTS);
	instances[0].latency_us = 400;
	instances[0].latency_samples = 10;
	read_all(PORTS);
	ck_assert_uint_eq(known_of("A"), PORTS | BIT(LATENCY));
	ck_assert_uint_eq(find("A")->reading.latency_us, 400);
	ck_assert_uint_eq(known_of("B"), PORTS);
	read_all(PORTS);
	ck_assert_uint_eq(known_of("A"), PORTS);
}

/* Of what is measured and what waits, the longer time. */
START_TEST(measured_and_waiting)
{
	make_epoch(0, "A");
	epoch_count = 1;
	epochs[0].log.packets = 3;
	epochs[0].waiting = 3;
	epochs[0].log.oldest_ms = 2;
	read_all(NFHAD_MEASURES_ALL);
	instances[0].latency_us = 3000;
	instances[0].latency_samples = 1;
	read_all(NFHAD_MEASURES_ALL);
	ck_assert_uint_eq(find("A")->reading.latency_us, 3000);
	instances[0].latency_us = 1000;
	instances[0].latency_samples = 2;
	read_all(NFHAD_MEASURES_ALL);
	ck_assert_uint_eq(find("A")->reading.latency_us, 2000);
}

static void read_in_vain(int error)
{
	move();
	ck_assert_int_eq(nfhad_traffic_read(traffic, commands,
					    NFHAD_MEASURES_ALL, ++now), error);
	ck_assert_uint_eq(known_of("A") | known_of("B") | known_of("C"), 0);
}

START_TEST(module_fails)
{
	read_all(NFHAD_MEASURES_ALL);
	instances_error = -EINTR;
	read_in_vain(-EINTR);
	/* Even if it has told of some only. */
	count = 1;
	read_in_vain(-EINTR);
	count = 3;
	instances_error = 0;
	service_error = -ENOENT;
	read_in_vain(-ENOENT);
	service_error = 0;
	epochs_error = -ENOBUFS;
	read_in_vain(-ENOBUFS);
	epochs_error = 0;
	read_all(NFHAD_MEASURES_ALL);
	ck_assert_uint_eq(known_of("A"), PORTS | FLOWS);
}

int main(void)
{
	const TTest * const tests[] = {
		counters, requests, at_rest, without_recovery, gathered,
		gathered_in_vain, live_flows, new_flows,
		new_flows_after_a_split, new_flows_without_an_owner,
		new_flows_by_source, flows_that_are_not_tracked,
		flows_of_another_service, instances_come_and_go, drops,
		device_drops, measured, measured_and_waiting, module_fails,
	};
	Suite *suite = suite_of("traffic", setup, teardown, tests,
				ARRAY_SIZE(tests));
	TCase *tcase = tcase_create("each");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, latency, 0, ARRAY_SIZE(logs));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
