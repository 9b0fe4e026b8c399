// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is typed and could mean two things, or nothing: each is refused in one line that
 * has the command, the argument, the word and what was expected.
 */

#include <errno.h>
#include <string.h>

#include "nfhactl.h"
#include "typed.h"
#include "unit.h"

#define NAMES "1 to 31 letters, digits, '.', '_' or '-', a letter or digit first"

static const char long_word[] =
	"012345678901234567890123456789012345678901234567890123456789012 "
	"0123456789012345678901234567890123456789012345678901234567890123x";

/**
 * struct case_of - an argument, and words that are none of its values
 * @line: the command up to the word, separated by blanks
 * @name: of the argument
 * @expected: behind "expected"
 * @words: end with NULL
 */
static const struct case_of {
	const char *line, *name, *expected;
	const char *words[28];
} cases[] = {
	{ "service set s threshold", "threshold", "0 to 4294967295",
	  { "", " ", "-5", "+5", "5.5", "1e3", "0x", "0xg", "5k", "5 ", " 5",
	    "1,000", "1_000", "4294967296", "99999999999999999999", "inf",
	    "\331\245", "five", "5\n", "0b1", long_word } },
	{ "service set s dead-man", "dead-man",
	  "TIME such as 500ms or 30s, up to 168h, 0 is never",
	  { "", " ", "5", "00", "5S", "5 s", " 5s", "5s ", "5sec", "1.5s", "-5s",
	    "+5s", "1e3ms", "0x5s", "500us", "5ms5", "s", "ms", "169h",
	    "99999999999999999999s", "5\302\265s", long_word } },
	{ "merge s from A to B deadline", "deadline",
	  "TIME such as 500ms, 30s or 2m, 0 is never",
	  { "", "5", "-1", "1d", "2m30s", "100000h" } },
	{ "monitor s timeout", "timeout",
	  "TIME such as 500ms, 30s or 2m, not 0", { "", "5", "0", "0s", "1 s" } },
	{ "service set s timeout", "timeout",
	  "NAME=TIME with whole seconds, 1s to 168h",
	  { "udp=", "udp=5", "udp=0", "udp=0s", "udp=1ms", "udp=-1s", "udp=169h",
	    "udp=1s=2s", "udp= 1s" } },
	{ "service set s timeout", "timeout", "NAME=TIME", { "", "udp", "1s" } },
	{ "service show", "name", NAMES,
	  { "", " ", "a b", "a/b", "../x", ".", "-x", "_x", "a\nb", "\033[31m",
	    "x'y", "*", "A,B", "A=B", "\303\251", "a\tb", long_word } },
	{ "instance set A service s successor", "successor", NAMES,
	  { "", "a b", "\303\251", long_word } },
	{ "split s from", "from", NAMES, { "", "A,B", long_word } },
	{ "failover s instance A to", "to", NAMES, { "", "a b" } },
	{ "flow push s to-service", "to-service", NAMES, { "", "u/v" } },
	{ "service set s left", "left", "DEV[,DEV]..., 16 at most",
	  { "", "a,", ",a", "a,,b", "a/", "a/b", "a/020000000001",
	    "a-name-of-sixteen", "02:00:00:00:00:01", long_word,
	    "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q" } },
	{ "instance add A service s left", "left", "DEV[/MAC]",
	  { "", "a,b", "a/", long_word } },
	{ "service add s key", "key", "32 hexadecimal digits or \"random\"",
	  { "", "rand", "Random", "00", long_word, " 0102030405060708090a0b0c0d0e0f",
	    "0x000102030405060708090a0b0c0d0e" } },
	{ "service set s match", "match", "any, or a numeric address first",
	  { "", " ", "an", "any,tcp", "10.1", "10.0.0/24", "010.0.0.1",
	    "10.0.0.1:80", "[::1]:80", "fe80::1%eth0", "host", "10.0.0.1 ",
	    "tcp" } },
	{ "service set s match", "match", "0 to 32 bits behind the slash",
	  { "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/-1",
	    "10.0.0.1/255.255.255.0" } },
	{ "service set s match", "match", "0 to 128 bits behind the slash",
	  { "::1/129", "::/x" } },
	{ "service set s match", "match",
	  "tcp, udp, sctp, icmp, icmpv6 or 1 to 255 behind the comma",
	  { "10.0.0.1,", "10.0.0.1,:80", "10.0.0.1,TCP", "10.0.0.1,tc",
	    "10.0.0.1,0", "10.0.0.1,256", "10.0.0.1,tcp,udp" } },
	{ "service set s match", "match",
	  "a port of 0 to 65535 behind the protocol",
	  { "10.0.0.1,tcp:", "10.0.0.1,tcp:http", "10.0.0.1,tcp:80:90",
	    "10.0.0.1,tcp:65536" } },
	{ "range set s", "range",
	  "FIRST-LAST=INSTANCE with flow IDs of 0 to 65535",
	  { "", "0-65535", "0-65535=", "=A", "0-=A", "-5=A", "0=A", "0-1=A=B",
	    "0 - 1=A", "0--1=A", "1e3-2e3=A", "65536-65536=A", "5-4=A",
	    "0-5=a b", long_word } },
	{ "flow get s from", "from", "ADDRESS[:PORT], with IPv6 [ADDRESS]:PORT",
	  { "", "10.0.0.1:", "10.0.0.1:-1", "10.0.0.1:http", "[::1]:",
	    "localhost:80", "10.0.0.1 :80", "[::1]80", long_word } },
	{ "flow get s from ::1:80 to", "to", "the same family as the other end",
	  { "10.0.0.1:80" } },
	{ "flow get s from 10.0.0.1:1 to 10.0.0.2:1 proto", "proto",
	  "tcp, udp, sctp, icmp, icmpv6 or 0 to 255",
	  { "", "TCP", "tc", "256", "-1", "esp", "1e1" } },
	{ "epoch commit s instance A epoch", "epoch", "1 to 18446744073709551615",
	  { "", "0", "-1", "1e3", "18446744073709551616" } },
	{ "service set s policy", "policy", "avoid never always",
	  { "", "AVOID", "avoid never", "on", long_word } },
	{ "service set s watermark", "watermark", "1 to 100 percent",
	  { "", "0", "101", "75%", "7.5" } },
	{ "service set s log-max", "log-max", "65536 to 4294967295 bytes",
	  { "", "1", "64K", "16M", "4294967296", "1e6" } },
	{ "split s from A to B at", "at", "a flow ID, 0 to 65535",
	  { "", "-1", "65536", "50%" } },
	{ "flow import s instance A file", "file", "FILE", { "" } },
};

static void refusal_check(const struct case_of *c, const char *word)
{
	char text[QUOTED_MAX], want[512];

	ck_assert_msg(typed(c->line, word) == EXIT_USAGE, "%s \"%s\" is taken",
		      c->line, word);
	/* It may be a key but for one digit. */
	if (!strcmp(c->name, "key") && *word)
		word = "...";
	snprintf(want, sizeof(want), ": %s: \"%s\" is not valid, expected %s\n",
		 c->name, quoted(word, text, sizeof(text)), c->expected);
	ck_assert_msg(!strncmp(said, "nfhactl: ", strlen("nfhactl: ")) &&
		      strlen(said) > strlen(want) &&
		      !strcmp(said + strlen(said) - strlen(want), want),
		      "%snot\n%s", said, want);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
}

START_TEST(each_is_refused_for_what_it_is)
{
	const char *const *word;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (word = cases[i].words; *word; word++, n++)
			refusal_check(&cases[i], *word);
	ck_assert_uint_ge(n, 200);
}

/* The same arguments with what they are for. */
START_TEST(what_is_meant_is_taken)
{
	static const char *const good[] = {
		"service set s threshold 0x10", "service set s dead-man 0",
		"service set s dead-man 168h", "service set s timeout udp=1s",
		"service show a.b_C-9", "service set s left a/02:00:00:00:00:01,b",
		"service set s match any", "service set s match ::/0,udp:53",
		"range set s 0x0-0xffff=A", "split s from A to B at 65535",
		"flow get s from [::1]:80 to ::2 proto 6",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(!typed(good[i], NULL), "%s: %s", good[i], said);
}

/* Nothing would change, and it would look as if something had. */
START_TEST(nothing_is_not_set)
{
	ck_assert_int_eq(typed("instance set A service s", NULL), EXIT_USAGE);
	ck_assert_str_eq(said,
			 "nfhactl: instance set: nothing is set, expected left right state deadline successor no-successor\n");
	ck_assert_int_eq(typed("range set s", NULL), EXIT_USAGE);
	ck_assert_str_eq(said,
			 "nfhactl: range set: nothing is set, expected generation policy range\n");
	ck_assert_int_eq(typed("service set s", NULL), EXIT_USAGE);
	ck_assert_int_eq(typed("service set s learn on", NULL), 0);
}

/* An instance without its service would be ignored, and all shown. */
START_TEST(an_instance_needs_its_service)
{
	static const char *const objects[] = { "instance", "epoch" };
	char line[64], want[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		snprintf(line, sizeof(line), "%s show instance A", objects[i]);
		ck_assert_int_eq(typed(line, NULL), 0);
		said_begin();
		ck_assert_int_eq(typed_command->run(NULL, &r), EXIT_USAGE);
		said_end();
		snprintf(want, sizeof(want),
			 "nfhactl: %s show: service is missing, expected SERVICE\n",
			 objects[i]);
		ck_assert_str_eq(said, want);
	}
}

/* The kernel does not always say which object it is about; what was typed does. */
START_TEST(what_the_kernel_refuses_is_named)
{
	char line[256] = "range set s";
	size_t i;

	ck_assert_int_eq(typed("inst add A serv s left vA/02:00:00:00:00:01 remote",
			       NULL), 0);
	said_begin();
	ck_assert_int_eq(refused(NULL, &r, -EBUSY), EXIT_REFUSED);
	said_end();
	ck_assert_str_eq(said,
			 "nfhactl: instance add A service s left vA/02:00:00:00:00:01 remote: Device or resource busy\n");
	/* A key is nobody's business. */
	ck_assert_int_eq(typed("service add s key 000102030405060708090a0b0c0d0e0f left l0",
			       NULL), 0);
	ck_assert_str_eq(r.about, " s key ... left l0");
	/* There is an end to it. */
	for (i = 0; i < 20; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			 " 0-100=AAA");
	ck_assert_int_eq(typed(line, NULL), 0);
	ck_assert_uint_eq(strlen(r.about), sizeof(r.about) - 1);
	ck_assert_str_eq(r.about + strlen(r.about) - 3, "...");
}

UNIT_MAIN("refusals", each_is_refused_for_what_it_is, what_is_meant_is_taken,
	  nothing_is_not_set, an_instance_needs_its_service,
	  what_the_kernel_refuses_is_named)
