// SPDX-License-Identifier: GPL-2.0-or-later
/* What nfhactl asks of the module, and how it says what that answers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "standin.h"
#include "typist.h"
#include "unit.h"

#define KEY "000102030405060708090a0b0c0d0e0f"
/* What the module would have by itself if nobody said it. */
#define USUAL "flows-max 5 watermark 75 log-max 65536 hold-max 65536 timeout tcp-embryonic=1s " \
	"timeout tcp-established=2s timeout tcp-closing=3s timeout udp=4s timeout icmp=5s " \
	"timeout other=6s timeout fragment=7s"

static void setup(void)
{
	standin_begin();
	type_well("service add fw key " KEY " left l0 right r0 recovery buffer threshold 3");
	type_well("instance add A service fw left la right ra");
	type_well("instance add B service fw left lb/02:00:00:00:00:0b right rb");
}

static void teardown(void)
{
	standin_end();
}

START_TEST(settings_come_back)
{
	type_well("service set fw affinity source prefix4 24 prefix6 56 policy always "
		  "control bypass learn on threshold 9 flows-max 100 imported-max 50 timeout udp=7s "
		  "match 2001:db8::/32,tcp:80 recovery checkpoint log-max 70000 hold-max 80000 "
		  "watermark 50 hold-policy release dead-man 1500ms dead-man-policy hold "
		  "right r1,r2 detour-left d0/02:00:00:00:00:01");
	type_well("-j service show fw key");
	ck_assert_str_eq(typed_json("0.name"), "fw");
	ck_assert_str_eq(typed_json("0.key"), KEY);
	ck_assert_str_eq(typed_json("0.affinity"), "source");
	ck_assert_str_eq(typed_json("0.policy"), "always");
	ck_assert_str_eq(typed_json("0.control"), "bypass");
	ck_assert_str_eq(typed_json("0.threshold"), "9");
	ck_assert_str_eq(typed_json("0.timeouts.udp"), "7");
	ck_assert_str_eq(typed_json("0.recovery"), "checkpoint");
	ck_assert_str_eq(typed_json("0.hold_policy"), "release");
	ck_assert_str_eq(typed_json("0.dead_man_ms"), "1500");
	ck_assert_str_eq(typed_json("0.dead_man_policy"), "hold");
	ck_assert_str_eq(typed_json("0.ports.2.mac"), "02:00:00:00:00:01");
	ck_assert_str_eq(typed_json("0.ports.2.detour"), "true");
	type_well("service show fw");
	ck_assert_ptr_null(strstr(typed_out, KEY));
	ck_assert_ptr_nonnull(strstr(typed_out, "affinity source"));
}

/* Runs each line of a script that nfhactl has written. */
static void script_run(const char *script)
{
	char *copy = strdup(script), *rest = copy, *line;
	unsigned int n = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "nfhactl ", 8) != 0)
			continue;
		type_well("%s", line + 8);
		n++;
	}
	ck_assert_uint_gt(n, 4);
	free(copy);
}

START_TEST(what_is_saved_makes_it_again)
{
	static char before[sizeof(typed_out)];

	type_well("service set fw left l0 right r0 detour-right d1 "
		  "match 10.0.0.0/8,udp:53 affinity destination "
		  "prefix4 8 prefix6 32 " USUAL);
	type_well("service add lb key " KEY " left 'it'\\''s here' tracking imported " USUAL);
	type_well("instance add C service fw remote standby left far/02:00:00:00:00:0c");
	type_well("instance set A service fw successor B");
	type_well("instance set B service fw state down");
	type_well("range set fw 0-99=A 100-65535=B");
	type_well("save");
	snprintf(before, sizeof(before), "%s", typed_out);
	type_well("service delete fw force");
	type_well("service delete lb");
	type_well("-j service show");
	ck_assert_str_eq(typed_out, "[]\n");
	script_run(before);
	type_well("save");
	ck_assert_str_eq(typed_out, before);
	ck_assert_ptr_nonnull(strstr(before, "left 'it'\\''s here'"));
	type_well("save lb");
	ck_assert_ptr_null(strstr(typed_out, " fw"));
}

/* It could not be made again, so it is not pretended. */
START_TEST(a_map_with_a_hole_is_not_saved)
{
	type_well("range set fw 0-65535=A");
	standin_nobody("fw");
	ck_assert_int_eq(type("save fw"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err,
				     "service fw: nobody has flow IDs 0 to 65535"));
	standin_refuse(NFHA_CMD_MAP_GET, -EIO, "the disk is on fire");
	ck_assert_int_eq(type("save fw"), 1);
	ck_assert_str_eq(typed_err, "nfhactl: save fw: the disk is on fire\n");
}

/* Nothing of the parts that were read in vain is told, and nothing twice. */
START_TEST(an_interrupted_dump_is_read_again)
{
	static const struct {
		const char *words;
		uint8_t cmd;
	} dumps[] = {
		{ "service show", NFHA_CMD_SERVICE_GET }, { "stats", NFHA_CMD_SERVICE_GET },
		{ "instance show", NFHA_CMD_INSTANCE_GET }, { "range show", NFHA_CMD_MAP_GET },
		{ "epoch show", NFHA_CMD_EPOCH_GET }, { "flow export fw", NFHA_CMD_FLOW_GET },
		{ "save", NFHA_CMD_INSTANCE_GET }, { "save", NFHA_CMD_SERVICE_GET },
	};
	static char before[sizeof(typed_out)];
	char complaint[128];
	unsigned int n;

	type_well("range set fw 0-99=A 100-65535=B");
	type_well("flow add fw instance A from 10.0.0.1:1 to 10.0.0.2:53 proto udp");
	for (n = 0; n < sizeof(dumps) / sizeof(*dumps); n++) {
		type_well("%s", dumps[n].words);
		snprintf(before, sizeof(before), "%s", typed_out);
		ck_assert_str_ne(before, "");
		standin_interrupt(dumps[n].cmd, 3);
		type_well("%s", dumps[n].words);
		ck_assert_str_eq(typed_out, before);
		standin_interrupt(dumps[n].cmd, 1000);
		ck_assert_int_eq(type("%s", dumps[n].words), 1);
		snprintf(complaint, sizeof(complaint),
			 "nfhactl: %s: what was read has changed meanwhile\n", dumps[n].words);
		ck_assert_str_eq(typed_err, complaint);
		ck_assert_ptr_null(strstr(typed_out, "10.0.0.1"));
		standin_interrupt(dumps[n].cmd, 0);
	}
	/* There may be a million: they are shown as they come. */
	standin_interrupt(NFHA_CMD_FLOW_GET, 1);
	ck_assert_int_eq(type("flow show fw"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "has changed meanwhile"));
}

START_TEST(refusals_have_the_kernels_words)
{
	ck_assert_int_eq(type("service delete fw"), 1);
	ck_assert_str_eq(typed_err, "nfhactl: service delete fw: the service has instances\n");
	ck_assert_int_eq(type("instance set Z service fw state down"), 1);
	ck_assert_str_eq(typed_err,
			 "nfhactl: instance set Z service fw state down: no such instance\n");
	ck_assert_int_eq(type("service add fw key " KEY " left l0"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "is there already"));
	ck_assert_ptr_null(strstr(typed_err, KEY));
	standin_refuse(NFHA_CMD_INSTANCE_GET, -EPERM, "");
	ck_assert_int_eq(type("instance show"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "CAP_NET_ADMIN"));
	ck_assert_int_eq(type("-n nowhere instance show"), 1);
	ck_assert_str_eq(typed_err, "nfhactl: nowhere: no such network namespace\n");
}

START_TEST(instances_are_shown)
{
	struct nlmsghdr *nlh = standin_message(NFHA_CMD_INSTANCE_NEW);
	struct nlattr *port;

	mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_SERVICE, "fw");
	mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_NAME, "C");
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_STATE, NFHA_STATE_DRAINING);
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_DEADLINE_MS, 1500);
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_WIDTH, 4096);
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_FLOWS, 12);
	mnl_attr_put_u8(nlh, NFHA_A_INSTANCE_FENCED, 1);
	mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_SUCCESSOR, "A");
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_LATENCY_US, 35);
	mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_LATENCY_SAMPLES, 2);
	port = mnl_attr_nest_start(nlh, NFHA_A_INSTANCE_PORT);
	mnl_attr_put_u32(nlh, NFHA_A_PORT_SIDE, NFHA_SIDE_LEFT);
	mnl_attr_put_strz(nlh, NFHA_A_PORT_IFNAME, "lc");
	mnl_attr_put_u8(nlh, NFHA_A_PORT_CARRIER, 0);
	mnl_attr_put_u64(nlh, NFHA_A_PORT_RX_PACKETS, 5);
	mnl_attr_put_u64(nlh, NFHA_A_PORT_TX_PACKETS, 6);
	mnl_attr_put_u64(nlh, NFHA_A_PORT_TX_DROPPED, 1);
	mnl_attr_nest_end(nlh, port);
	standin_put(NFHA_CMD_INSTANCE_NEW, nlh);
	type_well("instance show fw instance C");
	ck_assert_str_eq(typed_out,
			 "instance C  service fw  draining  fenced  successor A"
			 "  deadline in 1.500 s\n"
			 "  owns 4096 of 65536 flow IDs  flows 12  exceptions 0  learned 0"
			 "  latency 35 us\n"
			 "    left  lc  no carrier  in 5  out 6 packets  dropped 1\n");
	type_well("-j instance show fw");
	ck_assert_str_eq(typed_json("2.state"), "draining");
	ck_assert_str_eq(typed_json("2.latency_us"), "35");
	ck_assert_str_eq(typed_json("2.ports.0.tx_dropped"), "1");
	ck_assert_str_eq(typed_json("1.ports.0.mac"), "02:00:00:00:00:0b");
	ck_assert_str_eq(typed_json("1.latency_us"), "(none)");
	type_well("top once");
	ck_assert_ptr_nonnull(strstr(typed_out,
				     "fw           C            draining   6.2%       12"));
	type_well("instance overload A service fw level overloaded reason hot");
	ck_assert_uint_eq(standin_requests(NFHA_CMD_INSTANCE_OVERLOAD), 1);
	ck_assert_int_eq(type("instance show instance C"), 2);
}

START_TEST(ranges_move)
{
	type_well("range set fw 0-65535=A");
	type_well("range show fw");
	ck_assert_ptr_nonnull(strstr(typed_out, "generation 1"));
	type_well("split fw from A to B at 100");
	ck_assert_str_eq(typed_out, "at 100  generation 2  moved 7 flow IDs  exceptions 3\n");
	type_well("-j range show fw");
	ck_assert_str_eq(typed_json("0.generation"), "2");
	ck_assert_str_eq(typed_json("0.ranges.0.last"), "99");
	ck_assert_str_eq(typed_json("0.ranges.1.instance"), "B");
	ck_assert_int_eq(type("split fw from A to B generation 1"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "another generation"));
	ck_assert_int_eq(type("range set fw 0-65535=B generation 1"), 1);
	type_well("-j merge fw from B to A");
	ck_assert_str_eq(typed_json("generation"), "3");
	ck_assert_str_eq(typed_json("at"), "(none)");
	type_well("-j instance show fw instance B");
	ck_assert_str_eq(typed_json("0.state"), "draining");
	type_well("range show");
	type_well("range set fw 0-65535=A generation 3");
}

static void wait_for_requests(uint8_t cmd, unsigned int n)
{
	while (standin_requests(cmd) < n)
		usleep(1000);
}

static void wait_for_listeners(unsigned int n)
{
	while (standin_listeners() != n)
		usleep(1000);
}

START_TEST(a_merge_waits_for_its_own_drain)
{
	struct nlmsghdr *gone;
	pid_t pid;

	type_well("range set fw 0-99=A 100-65535=B");
	pid = type_begin("merge fw from B to A wait");
	wait_for_requests(NFHA_CMD_MERGE, 1);
	standin_drained("fw", "A", NFHA_DRAIN_END_EMPTY, 0);
	standin_drained("other", "B", NFHA_DRAIN_END_EMPTY, 0);
	standin_drained("fw", "B", NFHA_DRAIN_END_DEADLINE, 4);
	ck_assert_int_eq(type_end(pid), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "the deadline is over and 4 flows are left"));
	ck_assert_ptr_nonnull(strstr(typed_out, "drain service fw instance B deadline flows 4\n"));
	pid = type_begin("-j merge fw from B to A wait");
	wait_for_requests(NFHA_CMD_MERGE, 2);
	standin_drained("fw", "B", NFHA_DRAIN_END_EMPTY, 0);
	ck_assert_int_eq(type_end(pid), 0);
	pid = type_begin("merge fw from B to A wait timeout 20s");
	wait_for_requests(NFHA_CMD_MERGE, 3);
	standin_drained("fw", "nobody", NFHA_DRAIN_END_EMPTY, 0);
	gone = standin_message(NFHA_CMD_INSTANCE_DEL_NTF);
	mnl_attr_put_strz(gone, NFHA_A_INSTANCE_SERVICE, "fw");
	mnl_attr_put_strz(gone, NFHA_A_INSTANCE_NAME, "B");
	standin_tell(gone);
	ck_assert_int_eq(type_end(pid), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "it has been removed meanwhile"));
	ck_assert_int_eq(type("split fw from A to B wait timeout 10ms"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "no threshold of service fw within 10 ms"));
}

START_TEST(epochs)
{
	struct nlmsghdr *nlh = standin_message(NFHA_CMD_EPOCH_GET);
	struct nlattr *log;

	type_well("service add none key " KEY " left l1");
	type_well("instance add A service none left lx");
	ck_assert_int_eq(type("epoch begin none instance A"), 1);
	ck_assert_str_eq(typed_err,
			 "nfhactl: epoch begin none instance A: the service has recovery none\n");
	mnl_attr_put_strz(nlh, NFHA_A_EPOCH_SERVICE, "fw");
	mnl_attr_put_strz(nlh, NFHA_A_EPOCH_INSTANCE, "C");
	mnl_attr_put_u32(nlh, NFHA_A_EPOCH_RECOVERY, NFHA_RECOVERY_BUFFER);
	mnl_attr_put_u64(nlh, NFHA_A_EPOCH_EPOCH, 7);
	mnl_attr_put_u64(nlh, NFHA_A_EPOCH_COMMITTED, 5);
	mnl_attr_put_u32(nlh, NFHA_A_EPOCH_PENDING, 1);
	mnl_attr_put_u32(nlh, NFHA_A_EPOCH_FLAGS, 3);
	mnl_attr_put_strz(nlh, NFHA_A_EPOCH_SUCCESSOR, "B");
	mnl_attr_put_u64(nlh, NFHA_A_EPOCH_REPLAYED, 11);
	log = mnl_attr_nest_start(nlh, NFHA_A_EPOCH_LOG);
	mnl_attr_put_u64(nlh, NFHA_A_QUEUE_PACKETS, 2);
	mnl_attr_put_u64(nlh, NFHA_A_QUEUE_BYTES, 300);
	mnl_attr_put_u64(nlh, NFHA_A_QUEUE_LIMIT, 65536);
	mnl_attr_nest_end(nlh, log);
	standin_put(NFHA_CMD_EPOCH_GET, nlh);
	type_well("epoch begin fw instance C");
	ck_assert_str_eq(typed_out, "epoch 7\n");
	type_well("-j epoch cut fw instance C");
	ck_assert_str_eq(typed_json("epoch"), "7");
	ck_assert_int_eq(type("epoch commit fw instance C epoch 9"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "that epoch is not pending"));
	type_well("epoch commit fw instance C epoch 7");
	type_well("epoch abort fw instance C epoch 3");
	ck_assert_str_eq(typed_out, "epoch 3\n");
	type_well("epoch abort fw instance C");
	ck_assert_str_eq(typed_out, "epoch 8\n");
	type_well("epoch alive fw");
	type_well("epoch show fw");
	ck_assert_ptr_nonnull(strstr(typed_out, "epoch 8"));
	ck_assert_ptr_nonnull(strstr(typed_out, "successor B"));
	type_well("-j epoch show fw instance C");
	ck_assert_str_eq(typed_json("0.committed"), "7");
	ck_assert_str_eq(typed_json("0.log.bytes"), "300");
	ck_assert_str_eq(typed_json("0.recovery"), "buffer");
	type_well("failover fw instance C to B");
	ck_assert_str_eq(typed_out,
			 "backup B  epoch 7  replayed 11 packets, which are not all\n");
	type_well("failover fw instance C fence");
	ck_assert_str_eq(typed_out, "fenced  epoch 7  the log misses input\n");
	type_well("-j failover fw instance C to B");
	ck_assert_str_eq(typed_json("complete"), "false");
	ck_assert_str_eq(typed_json("replayed"), "11");
	ck_assert_int_eq(type("failover fw instance C to B fence"), 2);
	ck_assert_int_eq(type("failover fw instance C to B by daemon"), 2);
	ck_assert_int_eq(type("epoch show instance C"), 2);
}

START_TEST(flows)
{
	type_well("flow add fw instance A from 10.0.0.1:80 to 10.0.0.2:9 proto tcp");
	type_well("flow add fw instance B from [2001:db8::1]:53 to [2001:db8::2]:53 proto udp "
		  "side right");
	type_well("flow show fw count");
	ck_assert_str_eq(typed_out, "2\n");
	type_well("-j flow show fw count");
	ck_assert_str_eq(typed_json("flows"), "2");
	type_well("flow show fw limit 1");
	ck_assert_str_eq(typed_out,
			 "tcp  left 10.0.0.1:80 -> 10.0.0.2:9  id 0  A  embryonic"
			 "  packets 0  bytes 0  idle 0.0s\n");
	type_well("-j flow get fw from [2001:db8::1]:53 to [2001:db8::2]:53 proto udp");
	ck_assert_str_eq(typed_json("instance"), "B");
	ck_assert_str_eq(typed_json("side"), "right");
	ck_assert_str_eq(typed_json("dport"), "53");
	ck_assert_int_eq(type("flow get fw from 1.1.1.1:1 to 1.1.1.1:2 proto udp"), 1);
	ck_assert_int_eq(type("flow delete fw from 10.0.0.1:80 proto tcp"), 2);
	ck_assert_ptr_nonnull(strstr(typed_err, "to is missing"));
	type_well("flow export fw");
	ck_assert_str_eq(typed_out, "tcp left 10.0.0.1:80 10.0.0.2:9\n"
				    "udp right [2001:db8::1]:53 [2001:db8::2]:53\n");
	type_well("flow push fw to-service fw instance B");
	ck_assert_str_eq(typed_out, "imported 2\n");
	type_well("-j flow delete fw from 10.0.0.1:80 to 10.0.0.2:9 proto tcp");
	ck_assert_str_eq(typed_json("removed"), "2");
	type_well("flow delete fw instance B exceptions");
	type_well("flow delete fw");
	ck_assert_ptr_nonnull(strstr(typed_out, "removed "));
}

static char *file_with(const char *text)
{
	static char path[32];
	int fd;

	snprintf(path, sizeof(path), "/tmp/nfha-flows.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

START_TEST(flows_of_a_file)
{
	const char *lines = "tcp left 10.0.0.1:80 10.0.0.2:9\nudp right 10.0.0.3:5 10.0.0.4:6\n";
	char *path = file_with(lines);

	type_well("-j flow import fw instance A file %s", path);
	ck_assert_str_eq(typed_json("imported"), "2");
	type_well("flow export fw");
	ck_assert_str_eq(typed_out, lines);
	standin_refuse(NFHA_CMD_FLOW_NEW, -ENOSPC, "the table of imported flows is full");
	ck_assert_int_eq(type("flow import fw instance A file %s", path), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "0 of 2 flows imported: the table"));
	unlink(path);
	ck_assert_int_eq(type("flow import fw instance A file %s", path), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "No such file"));
	path = file_with("tcp left 10.0.0.1:80 10.0.0.2:9\ntcp sideways 1.1.1.1:1 2.2.2.2:2\n");
	ck_assert_int_eq(type("flow import fw instance A file %s", path), 2);
	ck_assert_ptr_nonnull(strstr(typed_err, "line 2 is not valid"));
	unlink(path);
}

START_TEST(counters_and_load)
{
	struct nlmsghdr *nlh = standin_message(NFHA_CMD_SERVICE_NEW);
	struct nlattr *stats;
	unsigned int n;

	mnl_attr_put_strz(nlh, NFHA_A_SERVICE_NAME, "lb");
	stats = mnl_attr_nest_start(nlh, NFHA_A_SERVICE_STATS);
	mnl_attr_put_u64(nlh, NFHA_A_SERVICE_STATS_HIT, 1234);
	mnl_attr_put_u64(nlh, NFHA_A_SERVICE_STATS_DROP_NO_OWNER, 5);
	mnl_attr_nest_end(nlh, stats);
	standin_put(NFHA_CMD_SERVICE_NEW, nlh);
	type_well("stats lb");
	ck_assert_ptr_nonnull(strstr(typed_out, "  hit                              1234\n"));
	type_well("-j stats");
	ck_assert_str_eq(typed_json("1.drop-no-owner"), "5");
	ck_assert_str_eq(typed_json("0.hit"), "0");
	for (n = 0; n < 2; n++) {
		nlh = standin_message(NFHA_CMD_LOAD_GET);
		mnl_attr_put_strz(nlh, NFHA_A_LOAD_SERVICE, "lb");
		mnl_attr_put_u16(nlh, NFHA_A_LOAD_FIRST, n * 256);
		mnl_attr_put_u16(nlh, NFHA_A_LOAD_LAST, n * 256 + 255);
		mnl_attr_put_u32(nlh, NFHA_A_LOAD_FLOWS, 10);
		mnl_attr_put_u32(nlh, NFHA_A_LOAD_RATE, n * 8);
		standin_put(NFHA_CMD_LOAD_GET, nlh);
	}
	type_well("load lb");
	ck_assert_ptr_nonnull(strstr(typed_out, "    0-255    flows       10  rate        0/s"));
	ck_assert_ptr_nonnull(strstr(typed_out,
				     "  256-511    flows       10  rate        8/s  packets            0"
				     "  ################################\n"));
	type_well("-j load lb");
	ck_assert_str_eq(typed_json("1.first"), "256");
	ck_assert_str_eq(typed_json("1.rate"), "8");
	ck_assert_int_eq(type("load nobody"), 1);
}

START_TEST(words_that_are_options)
{
	type_well("-V");
	ck_assert_int_eq(strncmp(typed_out, "nfhactl ", 8), 0);
	type_well("-h");
	ck_assert_ptr_nonnull(strstr(typed_out, "Usage: nfhactl"));
	type_well("help flow");
	ck_assert_ptr_nonnull(strstr(typed_out, "export"));
	type_well("flow help");
	type_well("flow show help");
	ck_assert_int_eq(type("-n"), 2);
	ck_assert_ptr_nonnull(strstr(typed_err, "-n needs a value"));
	ck_assert_int_eq(type("-x"), 2);
	ck_assert_int_eq(type("help nonsense"), 2);
	ck_assert_int_eq(type("srevice show"), 2);
	ck_assert_int_eq(type(" "), 2);
	type_well("-j -p service show fw");
	ck_assert_ptr_nonnull(strstr(typed_out, "\n    \"name\""));
	type_well("--complete service d");
}

/* An event of each kind, in the order of commands. */
static void events_tell(void)
{
	unsigned int cmd;

	for (cmd = 1; cmd <= NFHA_CMD_MAX; cmd++) {
		struct nlmsghdr *nlh = standin_message(cmd);

		if (cmd == NFHA_CMD_SERVICE_NEW_NTF || cmd == NFHA_CMD_SERVICE_DEL_NTF ||
		    cmd == NFHA_CMD_SERVICE_SET_NTF) {
			mnl_attr_put_strz(nlh, NFHA_A_SERVICE_NAME, "fw");
		} else if (cmd == NFHA_CMD_INSTANCE_NEW_NTF || cmd == NFHA_CMD_INSTANCE_SET_NTF ||
			   cmd == NFHA_CMD_INSTANCE_DEL_NTF) {
			mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_SERVICE, "fw");
			mnl_attr_put_strz(nlh, NFHA_A_INSTANCE_NAME, "A");
			mnl_attr_put_u32(nlh, NFHA_A_INSTANCE_STATE, NFHA_STATE_DOWN);
		} else if (cmd == NFHA_CMD_MAP_SET_NTF) {
			mnl_attr_put_strz(nlh, NFHA_A_MAP_SERVICE, "fw");
			mnl_attr_put_u32(nlh, NFHA_A_MAP_GENERATION, 4);
		} else if (cmd >= NFHA_CMD_THRESHOLD_NTF) {
			mnl_attr_put_strz(nlh, NFHA_A_EVENT_SERVICE, "fw");
			mnl_attr_put_strz(nlh, NFHA_A_EVENT_INSTANCE, "A");
			mnl_attr_put_u32(nlh, NFHA_A_EVENT_THRESHOLD, 3);
			mnl_attr_put_u32(nlh, NFHA_A_EVENT_FLOWS, 6);
			mnl_attr_put_strz(nlh, NFHA_A_EVENT_IFNAME, "la");
			mnl_attr_put_strz(nlh, NFHA_A_EVENT_BACKUP, "B");
			mnl_attr_put_u64(nlh, NFHA_A_EVENT_EPOCH, 9);
			mnl_attr_put_u64(nlh, NFHA_A_EVENT_REPLAYED, 2);
			mnl_attr_put_strz(nlh, NFHA_A_EVENT_OVERLOAD_REASON, "hot");
		} else {
			continue;
		}
		standin_tell(nlh);
	}
}

static const char *event_text(const char *name)
{
	char pattern[64];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s service fw", name);
	at = strstr(typed_out, pattern);
	ck_assert_msg(at, "no %s in %s", name, typed_out);
	return at + strlen(pattern);
}

START_TEST(events_are_said)
{
	pid_t pid = type_begin("monitor fw until overload timeout 30s");

	wait_for_listeners(1);
	events_tell();
	ck_assert_int_eq(type_end(pid), 0);
	event_text("service-new");
	ck_assert_int_eq(strncmp(event_text("instance-set"), " instance A down flows 0\n", 25), 0);
	ck_assert_int_eq(strncmp(event_text("map-set"), " generation 4\n", 14), 0);
	ck_assert_ptr_nonnull(strstr(event_text("threshold"), "exceptions 0 threshold 3\n"));
	ck_assert_ptr_nonnull(strstr(event_text("port"), " left la "));
	ck_assert_ptr_nonnull(strstr(event_text("failover"),
				     "backup B epoch 9 replayed 2 incomplete\n"));
	ck_assert_ptr_nonnull(strstr(event_text("overload"), " reason hot\n"));
	pid = type_begin("-j monitor until overload");
	wait_for_listeners(1);
	events_tell();
	ck_assert_int_eq(type_end(pid), 0);
	ck_assert_ptr_nonnull(strstr(typed_out, "\"event\":\"failover\",\"service\":\"fw\""));
	ck_assert_ptr_nonnull(strstr(typed_out, "\"backup\":\"B\""));
	ck_assert_ptr_nonnull(strstr(typed_out, "\"reason\":\"hot\""));
	ck_assert_int_eq(type("monitor other until drain timeout 1s"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "there is no service other yet"));
	ck_assert_ptr_nonnull(strstr(typed_err, "no drain of service other within 1 s"));
	type_well("monitor timeout 10ms");
}

UNIT_MAIN_FIXTURE("ctl", setup, teardown, settings_come_back, what_is_saved_makes_it_again,
		  a_map_with_a_hole_is_not_saved, an_interrupted_dump_is_read_again,
		  refusals_have_the_kernels_words, instances_are_shown, ranges_move,
		  a_merge_waits_for_its_own_drain, epochs, flows, flows_of_a_file,
		  counters_and_load, words_that_are_options, events_are_said)
