// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole daemon: what it makes, starts, scales, loses and takes up, as an operator sees it. */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "spaces.h"
#include "standin.h"
#include "typist.h"
#include "unit.h"
#include "whole.h"

/* A is made of a template, and B when it is needed. */
#define TEMPLATE(more)							\
	"templates:\n"							\
	"  - name: wall\n"						\
	"    command: [/bin/sh, -c, 'env; exec sleep 100000']\n"	\
	"    output: %s/${instance}.out\n"				\
	"    environment: {WHO: '${service} ${instance}'}\n"		\
	"    sysctls: {net.ipv4.ip_forward: 1}\n"			\
	"    left: {device: 'w${instance}l', mac: '02:00:00:00:02:01',\n"	\
	"           addresses: [10.0.0.1/24],\n"				\
	"           neighbours: [{address: 10.0.0.2, mac: '02:00:00:00:01:01'}],\n" \
	"           routes: [{to: 10.9.0.0/16, via: 10.0.0.2}]" more "}\n" \
	"    right: {device: 'w${instance}r', addresses: [192.0.2.10/24, '2001:db8::1/64']}\n"
#define SERVICE								\
	"services:\n"							\
	"  - name: fw\n"						\
	"    driver: none\n"						\
	"    scale: {interval: 100ms, hold-down: 0}\n"			\
	"    instances:\n"						\
	"      - {name: A, role: active, template: wall}\n"
#define SPARE "      - {name: B, role: spare, template: wall}\n"

static void wait_for_place(const char *path, const char *value)
{
	unsigned int patience = 3000;

	do {
		type_well("-j instance show fw");
		usleep(10000);
	} while (strcmp(typed_json(path), value) != 0 && --patience);
	ck_assert_msg(patience, "%s is %s", path, typed_json(path));
}

static void made_begin(void)
{
	whole_config(TEMPLATE("") SERVICE SPARE, whole_dir);
	whole_begin();
	whole_says("A: started", 1);
	wait_for_place("0.width", "65536");
}

/* In the namespace, its processes see what they need. */
static void outcome_check(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/A.out", whole_dir);
	wait_until("it runs", file_has(path, "WHO=fw A\n"));
	ck_assert(file_has(path, "NFHA_INSTANCE=A\n"));
	ck_assert(file_has(path, "NFHA_NETNS=fw-A\n"));
	ck_assert(file_has(path, "NFHA_LEFT_ADDRESS=10.0.0.1\n"));
	ck_assert_uint_ne(if_nametoindex("wAl"), 0);
	ck_assert_uint_ne(if_nametoindex("wAr"), 0);
	ck_assert_uint_eq(if_nametoindex("wBl"), 0);
}

START_TEST(an_instance_comes_up_from_nothing)
{
	int pid;

	made_begin();
	outcome_check();
	ck_assert_str_eq(typed_json("0.state"), "active");
	ck_assert_str_eq(typed_json("0.ports.1.ifname"), "wAr");
	pid = whole_process("fw-A");
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(whole_type("status"), 0);
	ck_assert_ptr_nonnull(strstr(typed_out, "A"));
	ck_assert_int_eq(whole_type("-j status fw"), 0);
	ck_assert_int_eq(whole_type("explain A service fw"), 0);
	ck_assert_ptr_nonnull(strstr(typed_out, "started"));
	ck_assert_int_eq(whole_type("explain Z service fw"), 1);
	/* Another daemon makes nothing twice. */
	ck_assert_int_eq(whole_end(SIGKILL), -SIGKILL);
	whole_begin();
	whole_says("taken up", 1);
	ck_assert_int_eq(whole_process("fw-A"), pid);
	ck_assert_uint_eq(whole_said("A: started"), 1);
}

START_TEST(it_grows_and_shrinks)
{
	made_begin();
	wait_until("it is asked for another one", !whole_type("scale out fw"));
	whole_says("B: started", 1);
	wait_for_place("1.width", "32768");
	ck_assert_str_eq(typed_json("0.width"), "32768");
	ck_assert_int_gt(whole_process("fw-B"), 0);
	ck_assert_int_eq(whole_type("scale out fw"), 1);
	ck_assert_int_eq(whole_type("scale in fw instance B"), 0);
	wait_until("it gives its ranges away", standin_requests(NFHA_CMD_MERGE));
	standin_drained("fw", "B", NFHA_DRAIN_END_EMPTY, 0);
	wait_for_place("1.state", "standby");
	wait_for_place("0.width", "65536");
	wait_until("B ends", !whole_process("fw-B"));
	/* What the configuration leaves out goes with all that was made for it. */
	ck_assert_uint_ne(if_nametoindex("wBl"), 0);
	whole_config(TEMPLATE("") SERVICE, whole_dir);
	whole_reload("has been read again");
	wait_until("its devices go", !if_nametoindex("wBl") && !if_nametoindex("wBr"));
	wait_until("its namespace goes", nfhad_netns_open("fw-B") == -ENOENT);
	type_well("-j instance show fw");
	ck_assert_str_eq(typed_json("1.name"), "(none)");
	ck_assert_uint_ne(if_nametoindex("wAl"), 0);
}

START_TEST(what_dies_is_started_again)
{
	int pid;

	made_begin();
	pid = whole_process("fw-A");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	whole_says("A: started", 2);
	wait_until("another one runs", whole_process("fw-A") && whole_process("fw-A") != pid);
	wait_for_place("0.width", "65536");
}

/* The reason is said, nothing is left, and what is somebody else's stays. */
START_TEST(what_cannot_be_made)
{
	made_begin();
	ck_assert_int_eq(system("ip link add wBr type veth peer name other"), 0);
	wait_until("it is asked for another one", !whole_type("scale out fw"));
	whole_says("wBr is there, and not made", 1);
	wait_until("nothing is left", !if_nametoindex("wBl") &&
		   nfhad_netns_open("fw-B") == -ENOENT);
	ck_assert_uint_ne(if_nametoindex("wBr"), 0);
	ck_assert_int_eq(whole_type("explain B service fw"), 0);
	ck_assert_ptr_nonnull(strstr(typed_out, "wBr is there, and not made"));
	ck_assert_int_eq(system("ip link del wBr"), 0);
	wait_until("it is tried again", !whole_type("scale out fw"));
	whole_says("B: started", 1);
	wait_for_place("1.width", "32768");
}

START_TEST(what_a_command_cannot_be)
{
	whole_config("services:\n"
		     "  - name: fw\n    driver: none\n    instances:\n"
		     "      - {name: A, role: active, netns: here, command: [/nowhere/vnf]}\n");
	type_well("instance add A service fw left la");
	whole_begin();
	whole_says("/nowhere/vnf", 1);
	ck_assert_uint_eq(whole_said("A: started"), 0);
	ck_assert_int_eq(whole_type("explain A service fw"), 0);
	ck_assert_ptr_nonnull(strstr(typed_out, "No such file or directory"));
}

/* A port that has changed is so when the instance is started again. */
START_TEST(a_template_changes)
{
	unsigned int index;

	made_begin();
	index = if_nametoindex("wAl");
	whole_config(TEMPLATE(", name: outer, mtu: 1400") SERVICE SPARE, whole_dir);
	whole_reload("has been read again");
	ck_assert_int_eq(kill(whole_process("fw-A"), SIGKILL), 0);
	whole_says("A: started", 2);
	ck_assert_uint_eq(if_nametoindex("wAl"), index);
	ck_assert_int_eq(system("ip netns exec fw-A ip link show outer | grep -q 'mtu 1400'"), 0);
	ck_assert_int_eq(system("ip netns exec fw-A ip route | grep -q '10.9.0.0/16 via 10.0.0.2'"),
			 0);
}

START_TEST(a_wrong_configuration_changes_nothing)
{
	int pid;

	made_begin();
	pid = whole_process("fw-A");
	whole_config(TEMPLATE("") SERVICE "      - {name: B, role: nonsense}\n", whole_dir);
	whole_reload("is not taken over");
	whole_config("http: {address: 127.0.0.1}\n" TEMPLATE("") SERVICE, whole_dir);
	whole_reload("cannot be changed without a restart");
	/* Who has ranges cannot be left out. */
	whole_config(TEMPLATE("") "services:\n  - name: fw\n    driver: none\n    instances:\n"
		     "      - {name: C, role: active, template: wall}\n", whole_dir);
	whole_reload("cannot be removed: it has ranges");
	ck_assert_int_eq(whole_process("fw-A"), pid);
	whole_config(TEMPLATE("") SERVICE SPARE, whole_dir);
	whole_reload("has been read again");
	ck_assert_int_eq(whole_process("fw-A"), pid);
}

/* What was made for a service that is gone goes when another daemon begins. */
START_TEST(a_daemon_sweeps)
{
	made_begin();
	ck_assert_int_eq(whole_end(SIGTERM), 0);
	ck_assert_int_gt(whole_process("fw-A"), 0);
	type_well("service add other key 000102030405060708090a0b0c0d0e0f left lo");
	type_well("instance add X service fw left lx");
	type_well("range set fw 0-65535=X");
	whole_config("services:\n  - name: other\n    driver: none\n    instances:\n"
		     "      - {name: X, role: active, netns: here}\n");
	whole_begin();
	wait_until("devices go", !if_nametoindex("wAl"));
	wait_until("and all else", !whole_process("fw-A") &&
		   nfhad_netns_open("fw-A") == -ENOENT);
}

/* Events of the module become words of the log, and what is to be done. */
START_TEST(it_hears_of_the_module)
{
	struct nlmsghdr *nlh;
	uint32_t n;

	made_begin();
	for (n = NFHA_OVERFLOW_UNLOGGED; n <= NFHA_OVERFLOW_OUTPUT_RELEASED; n++) {
		nlh = standin_event(NFHA_CMD_OVERFLOW_NTF, "fw", "A");
		mnl_attr_put_u32(nlh, NFHA_A_EVENT_OVERFLOW, n);
		standin_tell(nlh);
	}
	whole_says("the guarantee is lost", 1);
	ck_assert_uint_eq(whole_said("its log is full"), 2);
	nlh = standin_event(NFHA_CMD_PORT_NTF, "fw", "A");
	mnl_attr_put_u32(nlh, NFHA_A_EVENT_PORT_EVENT, NFHA_PORT_EVENT_CARRIER_LOST);
	standin_tell(nlh);
	whole_says("carrier lost", 1);
	whole_says("A: started", 2);
}

static void trio_begin(void)
{
	static const char *const names[] = { "A", "B", "C" };
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(names); n++)
		type_well("instance add %s service fw left v%s", names[n], names[n]);
	type_well("range set fw 0-21845=A 21846-43690=B 43691-65535=C");
	ck_assert(netns_make("A") && netns_make("B") && netns_make("C") && netns_make("daemon"));
	whole_config("services:\n"
		     "  - name: fw\n    driver: none\n    scheme: active-active\n"
		     "    checks:\n"
		     "      - {kind: exec, interval: 100ms, timeout: 5s, failures: 2, command:\n"
		     "         [/bin/sh, -c, 'test ! -e \"%s/sick-$NFHA_INSTANCE\"']}\n"
		     "    instances:\n"
		     "      - {name: A, role: active, netns: A, command: [/bin/sleep, '100000']}\n"
		     "      - {name: B, role: active, netns: B, command: [/bin/sleep, '100000']}\n"
		     "      - {name: C, role: active, netns: C, command: [/bin/sleep, '100000']}\n",
		     whole_dir);
	whole_begin();
	whole_says(": started", 3);
}

/* What one that fails has left is shared, and it gets its share back. */
START_TEST(three_share)
{
	char path[96];

	trio_begin();
	snprintf(path, sizeof(path), "%s/sick-C", whole_dir);
	ck_assert_int_eq(close(creat(path, 0600)), 0);
	wait_for_place("2.width", "0");
	wait_for_place("0.width", "32768");
	wait_for_place("1.width", "32768");
	ck_assert_int_eq(whole_type("explain C service fw"), 0);
	ck_assert_ptr_nonnull(strstr(typed_out, "fail service fw instance C"));
	ck_assert_int_eq(unlink(path), 0);
	wait_until("it has its share again", (type_well("-j instance show fw instance C"),
					      strtoul(typed_json("0.width"), NULL, 10) > 21000));
}

/* Whoever listens hears what is decided, and why. */
START_TEST(decisions_are_told)
{
	pid_t pid;

	made_begin();
	pid = whole_type_begin("-j events");
	wait_until("it listens", (type_peek(), strstr(typed_err, "listening")));
	ck_assert_int_eq(kill(whole_process("fw-A"), SIGKILL), 0);
	wait_until("it is told", (type_peek(), strstr(typed_out, "fail")));
	ck_assert_ptr_nonnull(strstr(typed_out, "its first process has ended"));
	ck_assert_int_eq(whole_end(SIGTERM), 0);
	ck_assert_int_eq(type_end(pid), 1);
	ck_assert_int_eq(whole_type("status"), 1);
	ck_assert_ptr_nonnull(strstr(typed_err, "nfhad"));
}

int main(void)
{
	const TTest * const tests[] = {
		an_instance_comes_up_from_nothing, it_grows_and_shrinks,
		what_dies_is_started_again, what_cannot_be_made, what_a_command_cannot_be,
		a_template_changes, a_wrong_configuration_changes_nothing, a_daemon_sweeps,
		it_hears_of_the_module, three_share, decisions_are_told,
	};

	if (!world_is_allowed()) {
		puts("1..0 # SKIP no namespaces can be made here");
		return 4;
	}
	return suite_run(suite_of("whole", whole_setup, whole_teardown, tests,
				  ARRAY_SIZE(tests)));
}
