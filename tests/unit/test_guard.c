// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole daemon protects firewalls: their connections, which are those of this kernel, go
 * where they are to go when one fails or gets less to do.
 */

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "spaces.h"
#include "standin.h"
#include "typist.h"
#include "unit.h"
#include "whole.h"

#define FLOWS 40

/* Status of a command line in a shell. */
static int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int shell(const char *format, ...)
{
	char line[1024];
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fflush(NULL);
	status = system(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* How many connections a namespace tracks. */
static int connections(const char *netns)
{
	char line[128];
	int count = -1;
	FILE *file;

	snprintf(line, sizeof(line), "ip netns exec %s conntrack -C", netns);
	file = popen(line, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%d", &count), 1);
	pclose(file);
	return count;
}

/* A place for an instance, with a device of its own. */
static void place_make(const char *name)
{
	ck_assert_int_eq(shell("ip netns add fw%s && ip -n fw%s link set lo up && "
			       "ip link add v%s type veth peer name left netns fw%s && "
			       "ip link set v%s up && ip -n fw%s link set left up && "
			       "ip netns exec fw%s sysctl -qw net.netfilter.nf_conntrack_events=1",
			       name, name, name, name, name, name, name), 0);
	type_well("instance add %s service fw left v%s", name, name);
}

static void setup(void)
{
	whole_setup();
	type_well("service set fw recovery buffer threshold 4 affinity five-tuple prefix4 32 "
		  "prefix6 128");
	place_make("A");
	place_make("B");
	place_make("C");
	type_well("range set fw 0-65535=A");
	ck_assert_int_eq(shell("ip netns exec fwA nft 'add table ip nat; "
			       "add chain ip nat post { type nat hook postrouting priority 100; };"
			       "add rule ip nat post masquerade'"), 0);
}

/* Connections through A, as they would be after some time. */
static void connect_some(void)
{
	ck_assert_int_eq(shell("for n in $(seq 1 %d); do echo \"-I -p tcp -s 10.0.0.2 -d 192.0.2.1 "
			       "--sport $((1000 + n * 7)) --dport 80 --state ESTABLISHED -t 1000 "
			       "-u ASSURED,SEEN_REPLY\"; done >%s/flows && "
			       "ip netns exec fwA conntrack -R %s/flows >/dev/null 2>&1",
			       FLOWS, whole_dir, whole_dir), 0);
	ck_assert_int_ge(connections("fwA"), FLOWS);
}

static void config_write(const char *more, const char *role_of_c)
{
	whole_config("services:\n"
		     "  - name: fw\n"
		     "    driver: conntrack\n"
		     "    interval: 50ms\n"
		     "    %s\n"
		     "    instances:\n"
		     "      - {name: A, role: active, netns: fwA}\n"
		     "      - {name: B, role: backup, netns: fwB}\n"
		     "      - {name: C, role: %s, netns: fwC}\n", more, role_of_c);
}

static bool has_committed(const char *name)
{
	type_well("-j epoch show fw instance %s", name);
	return strtoul(typed_json("0.committed"), NULL, 10) > 1;
}

static bool owns_all(const char *name)
{
	type_well("-j instance show fw instance %s", name);
	return !strcmp(typed_json("0.width"), "65536");
}

/* A fails, and who has taken over has all. A daemon that has just begun looks at places first. */
static const char *heir_of_a(void)
{
	wait_until("A may fail", !whole_type("failover fw instance A by daemon"));
	wait_until("another one has all", owns_all("B") || owns_all("C"));
	return owns_all("B") ? "B" : "C";
}

START_TEST(connections_survive)
{
	char netns[8], taken[64];
	const char *heir;

	connect_some();
	config_write("scheme: cold", "backup");
	whole_begin();
	wait_until("checkpoints count", has_committed("A"));
	ck_assert_int_eq(whole_type("checkpoint fw instance A"), 0);
	heir = heir_of_a();
	snprintf(netns, sizeof(netns), "fw%s", heir);
	snprintf(taken, sizeof(taken), "take-over service fw instance %s: from A", heir);
	whole_says("has taken over", 1);
	ck_assert_int_ge(connections(netns), FLOWS);
	ck_assert_int_eq(shell("ip netns exec %s nft list ruleset | grep -q masquerade", netns), 0);
	/* It is protected in its turn, and nothing is left in the one that has failed. */
	wait_until("checkpoints count", has_committed(heir));
	wait_until("A is empty", !connections("fwA"));
	ck_assert_int_eq(whole_type("explain %s service fw", heir), 0);
	ck_assert_msg(strstr(typed_out, taken), "%s", typed_out);
	ck_assert_int_eq(whole_type("status"), 0);
}

/* A daemon that is killed leaves what another one goes on with. */
START_TEST(a_daemon_that_dies_is_no_failure)
{
	connect_some();
	config_write("scheme: cold", "backup");
	whole_begin();
	wait_until("checkpoints count", has_committed("A"));
	ck_assert_int_eq(whole_end(SIGKILL), -SIGKILL);
	whole_begin();
	whole_says("taken up", 1);
	ck_assert_int_ge(connections(strcmp(heir_of_a(), "B") ? "fwC" : "fwB"), FLOWS);
}

static bool has_address(const char *netns)
{
	return !shell("ip -n %s addr | grep -q 'inet 10.0.0.1/24'", netns);
}

/* The address is on one of them, and on nobody else. */
START_TEST(an_address_goes_along)
{
	const char *heir;

	connect_some();
	config_write("scheme: cold\n    addresses: [{address: 10.0.0.1/24, device: left}]",
		     "backup");
	whole_begin();
	wait_until("A gets it", has_address("fwA"));
	wait_until("checkpoints count", has_committed("A"));
	ck_assert(!has_address("fwB") && !has_address("fwC"));
	heir = strcmp(heir_of_a(), "B") ? "fwC" : "fwB";
	wait_until("the other one gets it", has_address(heir));
	ck_assert(!has_address("fwA"));
	ck_assert_int_ge(connections(heir), FLOWS);
}

START_TEST(state_goes_with_the_range)
{
	int moved;

	connect_some();
	config_write("scale: {interval: 100ms, hold-down: 0, policy: always}", "spare");
	whole_begin();
	wait_until("checkpoints count", has_committed("A"));
	wait_until("C is asked for", !whole_type("scale out fw"));
	whole_says("C has its flows", 1);
	moved = connections("fwC");
	ck_assert_int_gt(moved, FLOWS / 4);
	ck_assert_int_lt(moved, FLOWS);
	wait_until("A has given them up", connections("fwA") + moved <= FLOWS + 2);
	type_well("-j range show fw");
	ck_assert_str_eq(typed_json("0.ranges.0.instance"), "A");
	ck_assert_str_eq(typed_json("0.ranges.1.instance"), "C");
	wait_until("C is protected, too", has_committed("C"));
	wait_until("C leaves", !whole_type("scale in fw instance C"));
	wait_until("it gives its ranges away", standin_requests(NFHA_CMD_MERGE));
	standin_drained("fw", "C", NFHA_DRAIN_END_EMPTY, 0);
	wait_until("A has all", owns_all("A"));
	wait_until("and all connections", connections("fwA") >= FLOWS);
}

/* Backups without a namespace take nothing over, and the one that has failed gets it back. */
START_TEST(places_that_are_gone)
{
	connect_some();
	config_write("scheme: cold", "backup");
	whole_begin();
	wait_until("checkpoints count", has_committed("A"));
	ck_assert_int_eq(shell("ip netns del fwB && ip netns del fwC"), 0);
	wait_until("A may fail", !whole_type("failover fw instance A by daemon"));
	/* Which one is tried, and whether the other is, depends on who has been cleaned by then,
	 * and on how soon the first can have it again.
	 */
	whole_says("there is no network namespace fw", 1);
	wait_until("A has all", owns_all("A"));
	wait_until("and all connections", connections("fwA") >= FLOWS);
}

int main(void)
{
	const TTest * const tests[] = {
		connections_survive, a_daemon_that_dies_is_no_failure, an_address_goes_along,
		state_goes_with_the_range, places_that_are_gone,
	};

	if (!world_is_allowed() ||
	    shell("unshare --net sh -c 'nft add table ip t && conntrack -C' >/dev/null 2>&1")) {
		puts("1..0 # SKIP no namespaces with nftables and connection tracking");
		return 4;
	}
	return suite_run(suite_of("guard", setup, whole_teardown, tests, ARRAY_SIZE(tests)));
}
