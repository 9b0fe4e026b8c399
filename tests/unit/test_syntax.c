// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are no configuration, whatever is in them. */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_load.h"
#include "unit.h"

#define ONE "services: [{name: fw, driver: conntrack, instances: [" \
	"{name: A, role: active, netns: vA}]}]\n"

START_TEST(syntax)
{
	BAD("a: [\nb: }\n", ":2: YAML: expected its syntax, got: ");
	BAD("criu: \t/c\n\tx: y\n", ": YAML: ");
	BAD("a: \"", ": YAML: ");
	BAD("a: \x80\xff\n", ": YAML: ");
	BAD("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", ": YAML: ");
	BAD(ONE "---\n" ONE, ":2: YAML: expected one document");
	BAD("criu: !x /c\n" ONE, ":1: YAML: ");
	BAD("criu: &c /c\n" ONE, ":1: YAML: ");
	BAD("store: *c\n", ": YAML: ");
	BAD("services: &s [*s]\n", ":1: YAML: ");
	BAD("<<: {criu: /c}\n" ONE, ":1: <<: unknown key; expected one of ");
}

START_TEST(bombs)
{
	static const char level[] = "a: &a0 [x, x]\nb: &b [*a0, *a0, *a0]\n";
	static char big[1 << 21];
	const char *const deep[] = { ": YAML: expected at most 16 levels", NULL };
	const char *const many[] = { ": YAML: expected at most 50000", NULL };
	const char *const huge[] = { ":1: file: expected at most 1048576", NULL };
	size_t i;

	BAD(level, ":1: YAML: ");
	memset(big, '[', 1 << 20);
	bad(big, 1 << 20, deep);
	memset(big, ' ', sizeof(big));
	bad(big, sizeof(big), huge);
	for (i = 0; i < 400000; i++)
		big[i] = "- a\n"[i % 4];
	bad(big, i, many);
	for (i = 0; i < 1 << 20; i++)
		big[i] = "{?"[i % 2];
	bad(big, i, deep);
}

START_TEST(errors_are_bounded)
{
	char text[65536] = ONE, *log, *line;
	struct nfhad_config *config = NULL;
	size_t i, n = strlen(text), lines = 0;
	int ret;

	for (i = 0; i < 2000; i++)
		n += snprintf(text + n, sizeof(text) - n, "key%zu: \x7f\n", i);
	n -= 2;
	for (i = 0; i < n; i++)
		if (text[i] == 0x7f)
			text[i] = 'x';
	text_write(text, n);
	log = load(config_file, &config, &ret);
	ck_assert_int_eq(ret, -EINVAL);
	for (line = log; (line = strchr(line, '\n')); line++)
		lines++;
	ck_assert_uint_eq(lines, 51);
	ck_assert_ptr_nonnull(strstr(log, ": more is wrong\n"));
	free(log);
}

/* What is in the file cannot make a line of the log its own. */
START_TEST(log_stays_in_one_line)
{
	struct nfhad_config *config = NULL;
	char *log;
	int ret;

	static const char text[] =
		"criu: \"\\n<0>nfhad: all is lost \\e[2J abcdefghijklmnopqrstuvwxyz\"\n" ONE;

	text_write(text, sizeof(text) - 1);
	log = load(config_file, &config, &ret);
	ck_assert_int_eq(ret, -EINVAL);
	ck_assert_ptr_eq(strchr(log, '\n'), log + strlen(log) - 1);
	ck_assert_ptr_null(strchr(log, '\033'));
	ck_assert_ptr_nonnull(strstr(log, "...\""));
	free(log);
}

static void bad_file(const char *path, int error, const char *part)
{
	struct nfhad_config *config = NULL;
	char *log;
	int ret;

	log = load(path, &config, &ret);
	ck_assert_int_eq(ret, error);
	ck_assert_msg(strstr(log, part), "%s", log);
	free(log);
}

START_TEST(files)
{
	text_write(ONE, strlen(ONE));
	bad_file("/nonexistent/nfhad.yaml", -ENOENT, "No such file");
	bad_file("/tmp", -EINVAL, "/tmp:1: file: expected a regular file");
	bad_file("/dev/zero", -EINVAL, "a regular file, got a special one");
	ck_assert_int_eq(chmod(config_file, 0622), 0);
	bad_file(config_file, -EINVAL, "root alone may write to, got owner");
	ck_assert_int_eq(unlink(config_file), 0);
	ck_assert_int_eq(mkfifo(config_file, 0600), 0);
	bad_file(config_file, -EINVAL, "a regular file, got a special one");
}

/* What of scaling goes together. */
#define ONE_ACTIVE "{name: A, role: active, netns: v}"
#define STEERING "steering: {netns: n, service: s}"
#define FIGURE_6 "upstream: {netns: t, service: s, exceptions: host}"

START_TEST(scaling)
{
	static const char *const wrong[][3] = {
		{ "scale: {max: 2}", ONE_ACTIVE, ".scale.interval: expected a time" },
		{ "scale: {interval: 1s, overload: {flows: 80}, underload: {flows: 90}}",
		  ONE_ACTIVE,
		  ".scale.underload.flows: expected less than in overload, got \"90\"" },
		{ "scale: {interval: 1s, min: 3, max: 2}", ONE_ACTIVE,
		  ".scale.min: expected max at most" },
		{ "scale: {interval: 1s}",
		  "{name: A, role: active, netns: v, pidfile: /p}",
		  ".instances[0].pidfile: expected a command with scale" },
		{ "scale: {interval: 1s, upstream: {netns: t}}", ONE_ACTIVE,
		  ".scale: expected both upstream.netns and upstream.service" },
		{ "scale: {interval: 1s, upstream: {netns: t, service: s}}", ONE_ACTIVE,
		  ".instances[0].upstream: expected a name with scale.upstream" },
		{ "driver: conntrack, scale: {interval: 1s, upstream: {netns: t, service: s}}",
		  "{name: A, role: active, netns: v, upstream: S},"
		  "{name: B, role: backup, netns: w}",
		  ".instances[1].upstream: expected a name with scale.upstream" },
		{ "scale: {interval: 1s, " FIGURE_6 "}",
		  "{name: A, role: active, netns: v, upstream: S}",
		  ".instances: expected one with steering with scale.upstream.exceptions host" },
		{ "scale: {interval: 1s, upstream: {netns: t, service: s}}",
		  "{name: A, role: active, netns: v, upstream: S, " STEERING "}",
		  ".instances[0].steering: expected a value only with scale.upstream" },
		{ "scale: {interval: 1s, " FIGURE_6 "}",
		  "{name: A, role: active, netns: v, upstream: S, steering: {netns: n}}",
		  ".instances[0].steering.service: expected" },
		{ "driver: criu, scale: {interval: 1s}",
		  "{name: A, role: active, netns: v, command: [/c]}",
		  ".scale: expected a value only with driver none or conntrack" },
		{ "driver: conntrack, scheme: standby, scale: {interval: 1s}",
		  ONE_ACTIVE ", {name: B, role: backup, netns: w}",
		  ".scale: expected a value only with scheme cold or active-active" },
	};
	char text[512];
	size_t n;

	for (n = 0; n < ARRAY_SIZE(wrong); n++) {
		const char *const parts[] = { wrong[n][2], NULL };

		snprintf(text, sizeof(text),
			 "services:\n- {name: a, %s%s,\n   instances: [%s]}\n",
			 strstr(wrong[n][0], "driver:") ? "" : "driver: none, ",
			 wrong[n][0], wrong[n][1]);
		bad(text, strlen(text), parts);
	}
	nfhad_config_free(good("hosts: [{name: h}]\n"
			       "services:\n- {name: a, driver: none, scale: {interval: 1s},\n"
			       "   instances: [{name: A, role: active, netns: v, host: h}]}\n"));
	nfhad_config_free(good("services:\n- {name: a, driver: none, scale: {interval: 1s,\n"
			       "   " FIGURE_6 "}, instances: [\n"
			       "   {name: A, role: active, netns: v, upstream: S1},\n"
			       "   {name: B, role: spare, netns: w, upstream: S2,\n"
			       "    steering: {netns: h, service: a}}]}\n"));
	nfhad_config_free(good("services:\n- {name: a, driver: conntrack,\n"
			       "   scale: {interval: 1s, policy: always},\n"
			       "   instances: [" ONE_ACTIVE "]}\n"));
}

UNIT_MAIN_FIXTURE("syntax", config_setup, config_teardown, syntax, bombs,
		  errors_are_bounded, log_stays_in_one_line, files, scaling)
