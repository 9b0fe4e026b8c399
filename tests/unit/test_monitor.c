// SPDX-License-Identifier: GPL-2.0-or-later
/* Who waits for an event is told that none has come, and which. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "nfhactl.h"
#include "typed.h"
#include "unit.h"
#include "wraps.h"

/* The event that comes, once; if it is of no kind, none. */
static struct nfha_event comes = { .service = "fw" };

int __wrap_nfha_event_subscribe(struct nfha *h)
{
	(void)h;
	return 0;
}

int __wrap_nfha_service_get(struct nfha *h, const char *name,
			    struct nfha_service *service)
{
	(void)h;
	(void)name;
	(void)service;
	return 0;
}

int __wrap_nfha_event_read(struct nfha *h, int timeout_ms, nfha_event_fn fn,
			   void *data)
{
	const struct timespec t = { timeout_ms / 1000,
				    timeout_ms % 1000 * 1000000L };
	const struct nfha_event event = comes;

	(void)h;
	if (event.cmd) {
		comes.cmd = 0;
		return fn(&event, data);
	}
	ck_assert_int_ge(timeout_ms, 0);
	nanosleep(&t, NULL);
	return -ETIMEDOUT;
}

static bool json;

/* Runs what is typed; the status, and what it says. */
static int waiting(const char *line, uint8_t cmd)
{
	char copy[TYPED_MAX];
	int ret;

	comes.cmd = cmd;
	snprintf(copy, sizeof(copy), "monitor %s", line);
	ck_assert_int_eq(typed(copy, NULL), 0);
	r.json = json;
	said_begin();
	ret = typed_command->run(NULL, &r);
	said_end();
	return ret;
}

START_TEST(what_does_not_come_is_named)
{
	ck_assert_int_eq(waiting("until threshold timeout 1s", 0), EXIT_REFUSED);
	ck_assert_str_eq(said,
			 "nfhactl: listening\nnfhactl: monitor: no threshold within 1 s\n");
	ck_assert_int_eq(waiting("fw until drain timeout 20ms", 0),
			 EXIT_REFUSED);
	ck_assert_str_eq(said,
			 "nfhactl: listening\nnfhactl: monitor: no drain of service fw within 20 ms\n");
}

/* Another event, and the one of another service, are none. */
START_TEST(what_comes_instead_does_not_count)
{
	ck_assert_int_eq(waiting("other until threshold timeout 1ms",
				 NFHA_CMD_THRESHOLD_NTF), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(said, "no threshold of service other within 1 ms\n"));
	ck_assert_int_eq(waiting("fw until drain timeout 1ms",
				 NFHA_CMD_THRESHOLD_NTF), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(said, "no drain of service fw within 1 ms\n"));
}

START_TEST(what_comes_ends_the_waiting)
{
	ck_assert_int_eq(waiting("fw until threshold timeout 1h",
				 NFHA_CMD_THRESHOLD_NTF), 0);
	ck_assert_ptr_nonnull(strstr(said, " threshold service fw exceptions 0"));
	ck_assert_ptr_null(strstr(said, "within"));
}

START_TEST(who_only_listens_is_not_refused)
{
	ck_assert_int_eq(waiting("timeout 20ms", 0), 0);
	ck_assert_str_eq(said, "nfhactl: listening\n");
}

static bool says(const char *text)
{
	return strstr(said, text);
}

START_TEST(overload_is_said_with_its_reason)
{
	static const char line[] = "fw until overload timeout 1h";

	snprintf(comes.instance, sizeof(comes.instance), "A");
	comes.overload_level = NFHA_OVERLOAD_LEVEL_UNDERLOADED;
	ck_assert_int_eq(waiting(line, NFHA_CMD_OVERLOAD_NTF), 0);
	ck_assert(says(" overload service fw instance A underloaded\n"));
	snprintf(comes.overload_reason, sizeof(comes.overload_reason),
		 "9 \"cores\" of 10");
	ck_assert_int_eq(waiting(line, NFHA_CMD_OVERLOAD_NTF), 0);
	ck_assert(says(" instance A underloaded reason 9 \"cores\" of 10\n"));
	json = true;
	ck_assert_int_eq(waiting(line, NFHA_CMD_OVERLOAD_NTF), 0);
	ck_assert(says("\"event\":\"overload\",\"service\":\"fw\",\"instance\":\"A\","
		       "\"level\":\"underloaded\","
		       "\"reason\":\"9 \\\"cores\\\" of 10\"}\n"));
	comes.overload_reason[0] = 0;
	comes.overload_level = NFHA_OVERLOAD_LEVEL_NORMAL;
	ck_assert_int_eq(waiting(line, NFHA_CMD_OVERLOAD_NTF), 0);
	ck_assert(says("\"level\":\"normal\"}\n"));
}

UNIT_MAIN("monitor", what_does_not_come_is_named,
	  what_comes_instead_does_not_count, what_comes_ends_the_waiting,
	  who_only_listens_is_not_refused, overload_is_said_with_its_reason)
