// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables: every keyword of every command refuses what it cannot be, in one
 * line that names it, and the parser takes what they describe.
 */

#include <string.h>

#include "nfhactl.h"
#include "typed.h"
#include "unit.h"

static void check_says(const char *line, const char *want)
{
	ck_assert_int_eq(typed(line, NULL), EXIT_USAGE);
	ck_assert_str_eq(said, want);
}

static bool takes_any_text(const struct arg *arg)
{
	return !strcmp(arg->name, "file") || !strcmp(arg->name, "to-netns");
}

static void check_refusal(const struct command *command, const struct arg *arg,
			  const char *word)
{
	char want[64];
	int ret;

	memset(&r, 0, sizeof(r));
	r.command = "it";
	said_begin();
	ret = value_take(arg, word, &r);
	said_end();
	ck_assert_msg(ret == EXIT_USAGE, "%s %s: %s takes \"%s\"",
		      command->object, command->verb ? command->verb : "",
		      arg->name, word);
	ck_assert_msg(strchr(said, '\n') == said + strlen(said) - 1,
		      "not one line: %s", said);
	snprintf(want, sizeof(want), "nfhactl: it: %s: \"", arg->name);
	ck_assert_msg(!strncmp(said, want, strlen(want)), "%s", said);
	ck_assert_msg(strstr(said, "is not valid, expected "), "%s", said);
}

START_TEST(every_keyword_refuses)
{
	static const char wrong[] =
		"?neither a name nor a number nor anything else that is asked for\n";
	const struct command *const *table, *command;
	const struct arg *arg;
	unsigned int n = 0;

	for (table = all_commands; *table; table++) {
		for (command = *table; command->object; command++) {
			for (arg = command->args; arg->name; arg++) {
				if (arg->flags & ARG_FLAG)
					continue;
				check_refusal(command, arg, "");
				if (!takes_any_text(arg))
					check_refusal(command, arg, wrong);
				n++;
			}
		}
	}
	ck_assert_uint_gt(n, 60);
}

START_TEST(tables_are_sound)
{
	const struct command *const *table, *command;
	const struct arg *arg, *other;

	for (table = all_commands; *table; table++) {
		for (command = *table; command->object; command++) {
			ck_assert_ptr_nonnull(command->help);
			ck_assert_ptr_nonnull(command->run);
			for (arg = command->args; arg->name; arg++) {
				ck_assert_ptr_nonnull(arg->take);
				ck_assert_ptr_nonnull(arg->value);
				for (other = command->args; other != arg; other++)
					ck_assert_str_ne(other->name, arg->name);
			}
			ck_assert_int_lt(arg - command->args, WORDS_MAX);
		}
	}
}

START_TEST(messages)
{
	check_says("split s from A to B at 70000",
		   "nfhactl: split: at: \"70000\" is not valid, expected a flow ID, 0 to 65535\n");
	check_says("split s from A",
		   "nfhactl: split: to is missing, expected INSTANCE\n");
	check_says("split s from A to",
		   "nfhactl: split: to needs a value, expected INSTANCE\n");
	check_says("split s from A from B",
		   "nfhactl: split: from is given twice\n");
	check_says("service set s t 5",
		   "nfhactl: service set: \"t\" is ambiguous, expected tracking threshold timeout\n");
	check_says("s",
		   "nfhactl: \"s\" is ambiguous, expected service split stats save status scale\n");
	check_says("service set s policy a",
		   "nfhactl: service set: policy: \"a\" is ambiguous, expected avoid always\n");
	check_says("stats s more",
		   "nfhactl: stats: \"more\" is not an argument, expected nothing more\n");
	check_says("flow ex s also",
		   "nfhactl: flow export: \"also\" is not an argument, expected of exceptions\n");
	check_says("range x",
		   "nfhactl: range: \"x\" is not a command, expected set show\n");
	check_says("service set s flows-max 0",
		   "nfhactl: service set: flows-max: \"0\" is not valid, expected 1 to 4294967295\n");
	check_says("service add s key 00",
		   "nfhactl: service add: key: \"...\" is not valid, expected 32 hexadecimal digits or \"random\"\n");
	check_says("merge s from A to B deadline 5x",
		   "nfhactl: merge: deadline: \"5x\" is not valid, expected TIME such as 500ms, 30s or 2m, 0 is never\n");
	check_says("range set s 9-0=A",
		   "nfhactl: range set: range: \"9-0=A\" is not valid, expected FIRST-LAST=INSTANCE with flow IDs of 0 to 65535\n");
	check_says("flow get s from 10.0.0.1 to ::1 proto tcp",
		   "nfhactl: flow get: to: \"::1\" is not valid, expected the same family as the other end\n");
}

/* Of what is near one is named, and else nothing. */
START_TEST(slips)
{
	check_says("srevice show",
		   "nfhactl: \"srevice\" is not an object, expected service instance range split merge flow stats load monitor top epoch failover save status scale checkpoint drain events explain; did you mean \"service\"?\n");
	check_says("range list",
		   "nfhactl: range: \"list\" is not a command, expected set show\n");
	check_says("instance deleet",
		   "nfhactl: instance: \"deleet\" is not a command, expected add set delete overload show; did you mean \"delete\"?\n");
	check_says("split s form A",
		   "nfhactl: split: \"form\" is not an argument, expected from to generation policy at by first wait timeout\n");
	check_says("instance set A service s succssor B",
		   "nfhactl: instance set: \"succssor\" is not an argument, expected service left right state deadline successor no-successor; did you mean \"successor\"?\n");
	check_says("instance set A service s state actyve",
		   "nfhactl: instance set: state: \"actyve\" is not valid, expected active draining down standby; did you mean \"active\"?\n");
	check_says("instance set A service s state fenced",
		   "nfhactl: instance set: state: \"fenced\" is not valid, expected active draining down standby\n");
}

/* One table, of the library: a counter that is new gets its name there. */
START_TEST(counters)
{
	unsigned int i;

	ck_assert_ptr_null(nfha_stat_name(0));
	ck_assert_ptr_null(nfha_stat_name(NFHA_A_SERVICE_STATS_PAD));
	for (i = NFHA_A_SERVICE_STATS_PAD + 1; i <= NFHA_A_SERVICE_STATS_MAX; i++)
		ck_assert_msg(nfha_stat_name(i), "%u", i);
	ck_assert_ptr_null(nfha_stat_name(i));
	ck_assert_str_eq(nfha_stat_name(NFHA_A_SERVICE_STATS_DROP_TOO_BIG),
			 "drop-too-big");
}

/* One table, of the library: what is read, shown and in the kernel's words. */
START_TEST(timeouts)
{
	char line[128];
	unsigned int i;

	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++) {
		ck_assert_ptr_nonnull(nfha_timeout_name(i));
		snprintf(line, sizeof(line), "service set s timeout %s=%us",
			 nfha_timeout_name(i), i);
		ck_assert_int_eq(typed(line, NULL), 0);
		ck_assert_uint_eq(r.service.timeout[i], i);
	}
	ck_assert_ptr_null(nfha_timeout_name(0));
	ck_assert_ptr_null(nfha_timeout_name(i));
	ck_assert_int_eq(typed("service set s timeout tcp-c=168h", NULL), 0);
	ck_assert_uint_eq(r.service.timeout[NFHA_A_TIMEOUTS_TCP_CLOSING],
			  NFHA_TIMEOUT_MAX);
	check_says("service set s timeout upd=1s",
		   "nfhactl: service set: timeout: \"upd\" is not valid, expected tcp-embryonic tcp-established tcp-closing udp icmp other fragment\n");
	check_says("service set s timeout tcp=1s",
		   "nfhactl: service set: timeout: \"tcp\" is ambiguous, expected tcp-embryonic tcp-established tcp-closing\n");
	check_says("service set s timeout udp",
		   "nfhactl: service set: timeout: \"udp\" is not valid, expected NAME=TIME\n");
	check_says("service set s timeout udp=1500ms",
		   "nfhactl: service set: timeout: \"udp=1500ms\" is not valid, expected NAME=TIME with whole seconds, 1s to 168h\n");
	check_says("service set s timeout udp=1s timeout ud=2s",
		   "nfhactl: service set: timeout: udp is given twice\n");
}

/* What goes to the daemon. */
START_TEST(daemon_commands_are_taken)
{
	ck_assert_int_eq(typed("scale out fw instance A", NULL), 0);
	ck_assert_str_eq(r.command, "scale out");
	ck_assert_str_eq(r.service.name, "fw");
	ck_assert_str_eq(r.instance.name, "A");
	ck_assert(is_of_daemon(typed_command));
	ck_assert_int_eq(typed("drain fw instance A deadline 2m", NULL), 0);
	ck_assert_uint_eq(r.timeout_ms, 120000);
	ck_assert_int_eq(typed("explain A service fw", NULL), 0);
	ck_assert_str_eq(r.instance.name, "A");
	ck_assert_str_eq(r.service.name, "fw");
	ck_assert_int_eq(typed("status", NULL), 0);
	ck_assert_int_eq(typed("failover fw instance A by kernel", NULL), 0);
	ck_assert_int_eq(r.by, BY_KERNEL);
	ck_assert(!is_of_daemon(typed_command));
	ck_assert_int_eq(typed("failover fw instance A by d", NULL), 0);
	ck_assert_int_eq(r.by, BY_DAEMON);
	ck_assert_int_eq(typed("drain fw instance A force", NULL), 0);
	ck_assert(r.force);
	check_says("drain fw instance A deadline 0",
		   "nfhactl: drain: deadline: \"0\" is not valid, expected TIME such as 500ms, 30s or 2m, not 0\n");
	check_says("scale up fw",
		   "nfhactl: scale: \"up\" is not a command, expected out in\n");
	check_says("checkpoint fw",
		   "nfhactl: checkpoint: instance is missing, expected INSTANCE\n");
}

START_TEST(abbreviations)
{
	ck_assert_int_eq(typed("sp fw fr A to B b p fi 0x100 gen 7", NULL), 0);
	ck_assert_str_eq(r.service.name, "fw");
	ck_assert_str_eq(r.change.from, "A");
	ck_assert_str_eq(r.change.to, "B");
	ck_assert_uint_eq(r.change.measure, NFHA_MEASURE_PACKETS);
	ck_assert_uint_eq(r.change.first, 256);
	ck_assert_uint_eq(r.change.generation, 7);
	ck_assert_str_eq(r.command, "split");
	/* An object alone is shown. */
	ck_assert_int_eq(typed("service", NULL), 0);
	ck_assert_str_eq(r.command, "service show");
}

/* A name may be a keyword where a name has to be. */
START_TEST(names_like_keywords)
{
	ck_assert_int_eq(typed("split to from split to from at 1", NULL), 0);
	ck_assert_str_eq(r.service.name, "to");
	ck_assert_str_eq(r.change.from, "split");
	ck_assert_str_eq(r.change.to, "from");
}

START_TEST(service_is_taken)
{
	static const char words[] = "service add fw "
		"key 000102030405060708090A0b0c0d0e0f left a,b right c "
		"detour-right d/02:00:00:00:00:01 affinity source prefix4 24 "
		"policy never control host tracking imported learn on "
		"threshold 10 imported-max 2048 timeout udp=2m "
		"timeout fragment=1s match 10.0.0.0/8,udp:53";

	ck_assert_int_eq(typed(words, NULL), 0);
	ck_assert_str_eq(r.service.name, "fw");
	ck_assert_uint_eq(r.service.key[15], 15);
	ck_assert_uint_eq(r.service.ports, 4);
	ck_assert(r.service.port[3].detour && r.service.port[3].has_mac);
	ck_assert_uint_eq(r.service.affinity, NFHA_AFFINITY_SOURCE);
	ck_assert_uint_eq(r.service.prefix4, 24);
	ck_assert_uint_eq(r.service.policy, NFHA_POLICY_NEVER);
	ck_assert_uint_eq(r.service.control, NFHA_CONTROL_HOST);
	ck_assert_uint_eq(r.service.tracking, NFHA_TRACKING_IMPORTED);
	ck_assert(r.service.learn);
	ck_assert_uint_eq(r.service.timeout[NFHA_A_TIMEOUTS_UDP], 120);
	ck_assert_uint_eq(r.service.timeout[NFHA_A_TIMEOUTS_FRAGMENT], 1);
	ck_assert_uint_eq(r.service.match.prefix_len, 8);
	ck_assert_uint_eq(r.service.match.port, 53);
	ck_assert(!(r.service.set & NFHA_BIT(NFHA_A_SERVICE_PREFIX6)));
	ck_assert(!(r.service.set & NFHA_BIT(NFHA_A_SERVICE_FLOWS_MAX)));
}

START_TEST(overload_is_taken)
{
	char reason[NFHA_REASON_MAX + 2];

	ck_assert_int_eq(typed("instance overload A service fw", NULL), 0);
	ck_assert_str_eq(r.instance.name, "A");
	ck_assert_str_eq(r.instance.service, "fw");
	ck_assert_uint_eq(r.level, NFHA_OVERLOAD_LEVEL_OVERLOADED);
	ck_assert_ptr_null(r.reason);
	ck_assert_int_eq(typed("instance overload A service fw level u reason",
			       "9 \"cores\" of 10"), 0);
	ck_assert_uint_eq(r.level, NFHA_OVERLOAD_LEVEL_UNDERLOADED);
	ck_assert_str_eq(r.reason, "9 \"cores\" of 10");
	ck_assert_int_eq(typed("instance overload A service fw level normal",
			       NULL), 0);
	ck_assert_uint_eq(r.level, NFHA_OVERLOAD_LEVEL_NORMAL);
	memset(reason, '~', sizeof(reason));
	reason[NFHA_REASON_MAX] = 0;
	ck_assert_int_eq(typed("instance overload A service fw reason", reason),
			 0);
	reason[NFHA_REASON_MAX] = '~';
	reason[NFHA_REASON_MAX + 1] = 0;
	ck_assert_int_eq(typed("instance overload A service fw reason", reason),
			 EXIT_USAGE);
	check_says("instance overload A",
		   "nfhactl: instance overload: service is missing, expected SERVICE\n");
	check_says("instance overload A service fw level lots",
		   "nfhactl: instance overload: level: \"lots\" is not valid, expected overloaded underloaded normal\n");
	check_says("instance overload A service fw reason a\x1b[2J",
		   "nfhactl: instance overload: reason: \"a?[2J\" is not valid, expected 1 to 63 printable characters of ASCII\n");
	check_says("instance overload A service fw reason \xe9",
		   "nfhactl: instance overload: reason: \"\xe9\" is not valid, expected 1 to 63 printable characters of ASCII\n");
}

START_TEST(ranges_are_taken)
{
	static const char words[] =
		"range set fw generation 3 0-9=A 10-65535=B";

	ck_assert_int_eq(typed(words, NULL), 0);
	ck_assert_uint_eq(r.ranges, 2);
	ck_assert_uint_eq(r.range[1].first, 10);
	ck_assert_uint_eq(r.range[1].last, 65535);
	ck_assert_str_eq(r.range[1].instance, "B");
	ck_assert_uint_eq(r.change.generation, 3);
}

UNIT_MAIN("args", every_keyword_refuses, tables_are_sound, messages, slips, timeouts,
	  counters,
	  daemon_commands_are_taken, abbreviations, names_like_keywords,
	  service_is_taken, overload_is_taken, ranges_are_taken)
