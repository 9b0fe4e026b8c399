// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics: the text, to the letter; what is in the document; limits. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../daemon/nfhad/metrics.c"
#include "decision.h"
#include "plenty.h"
#include "source.h"
#include "unit.h"

static struct nfhad nfhad;

/* Instead of self.c. */
void nfhad_self_read(struct nfhad_self *self)
{
	*self = (struct nfhad_self){
		.start_ms = 1795313324014,
		.cpu_us = 3000042,
		.resident = 5931008,
		.fds = 10,
	};
}

static void setup(void)
{
	nfhad.decisions = nfhad_decisions_new();
	ck_assert_ptr_nonnull(nfhad.decisions);
	plenty_make(&nfhad, 2);
}

static void teardown(void)
{
	nfhad_decisions_free(nfhad.decisions);
}

/* All of it, to be freed. */
static char *written(void)
{
	struct nfhad_text text = { .max = 1 << 20 };
	char *string;

	ck_assert_int_eq(nfhad_metrics_write(&nfhad, &text), 0);
	string = strndup(text.bytes, text.length);
	ck_assert_ptr_nonnull(string);
	nfhad_text_free(&text);
	return string;
}

/* The first line that differs says more than two texts. */
static void check_lines(const char *is, const char *wanted)
{
	size_t n, line = 1;

	while (*is || *wanted) {
		n = strcspn(is, "\n");
		ck_assert_msg(n == strcspn(wanted, "\n") && !strncmp(is, wanted, n),
			      "line %zu is \"%.*s\", not \"%.*s\"", line, (int)n,
			      is, (int)strcspn(wanted, "\n"), wanted);
		is += n + !!is[n];
		wanted += n + !!wanted[n];
		line++;
	}
}

/* The file has what does not change with the version. */
#define FIRST "# HELP nfha_build_info Always 1; the label is what it is about.\n" \
	"# TYPE nfha_build_info gauge\n"					\
	"nfha_build_info{version=\"" NFHA_VERSION "\"} 1\n"

START_TEST(text_to_the_letter)
{
	char *wanted = source_read("tests/unit/metrics.golden");
	char *is;

	nfhad_decision_add(nfhad.decisions, "fw", "i0", NFHAD_ACTION_FAIL, "x");
	nfhad_decision_add(nfhad.decisions, "fw", "i1", NFHAD_ACTION_TAKE_OVER,
			   "y");
	nfhad_decision_add(nfhad.decisions, "fw", "i1", NFHAD_ACTION_FAIL, "z");
	is = written();
	ck_assert_int_eq(strncmp(is, FIRST, strlen(FIRST)), 0);
	/* After the line with its licence. */
	check_lines(is + strlen(FIRST), strchr(wanted, '\n') + 1);
	free(is);
	free(wanted);
}

START_TEST(labels_are_escaped)
{
	char *is;

	plenty_name("a\\b\"c\nd}");
	is = written();
	ck_assert_ptr_nonnull(strstr(is,
				     "\nnfha_service_flows{service=\"a\\\\b\\\"c\\nd}\"} 12345\n"));
	free(is);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

START_TEST(each_is_said_once)
{
	const struct nfhad_metric *m;
	char *is = written(), line[128];

	for (m = metrics; m->name; m++) {
		snprintf(line, sizeof(line), "# HELP %s ", m->name);
		ck_assert_msg(count(is, line) == 1, "%s", line);
		snprintf(line, sizeof(line), "# TYPE %s %s\n", m->name,
			 m->counter ? "counter" : "gauge");
		ck_assert_msg(count(is, line) == 1, "%s", line);
		snprintf(line, sizeof(line), "\n%s%s", m->name,
			 *m->labels ? "{" : " ");
		ck_assert_msg(count(is, line), "%s", line);
	}
	ck_assert_uint_eq(count(is, "# HELP "), m - metrics);
	ck_assert_uint_eq(count(is, "# TYPE "), m - metrics);
	free(is);
}

static bool ends_with(const char *string, const char *end)
{
	size_t n = strlen(string);

	return n >= strlen(end) && !strcmp(string + n - strlen(end), end);
}

START_TEST(names_are_as_they_should_be)
{
	const struct nfhad_metric *m;

	for (m = metrics; m->name; m++) {
		ck_assert_msg(!strncmp(m->name, "nfha_", 5) ||
			      !strncmp(m->name, "process_", 8), "%s", m->name);
		ck_assert_msg(m->counter == ends_with(m->name, "_total"), "%s",
			      m->name);
		ck_assert_msg(ends_with(m->help, "."), "%s", m->name);
		ck_assert_msg(!strpbrk(m->help, "\\\n|"), "%s", m->name);
		ck_assert_msg(!m->parts || strstr(m->name, "_seconds"), "%s",
			      m->name);
	}
}

START_TEST(document_has_all_of_them)
{
	char *document = source_read("Documentation/metrics.md");
	const struct nfhad_metric *m;
	char row[512];

	for (m = metrics; m->name; m++) {
		snprintf(row, sizeof(row), "\n| `%s` | %s | %s | %s |\n",
			 m->name, m->counter ? "counter" : "gauge", m->labels,
			 m->help);
		ck_assert_msg(strstr(document, row), "not there:%s", row);
	}
	/* And no others. */
	ck_assert_uint_eq(count(document, "\n| `nfha_") +
			  count(document, "\n| `process_"), m - metrics);
	free(document);
}

START_TEST(limit)
{
	struct nfhad_text text = { .max = 1 << 20 };
	size_t length;

	ck_assert_int_eq(nfhad_metrics_write(&nfhad, &text), 0);
	length = text.length;
	nfhad_text_free(&text);
	text.max = length;
	ck_assert_int_eq(nfhad_metrics_write(&nfhad, &text), 0);
	ck_assert_uint_eq(text.length, length);
	nfhad_text_free(&text);
	text.max = length - 1;
	ck_assert_int_eq(nfhad_metrics_write(&nfhad, &text), -EFBIG);
	ck_assert_uint_lt(text.length, length);
	nfhad_text_free(&text);
}

START_TEST(numbers)
{
	struct nfhad_text text = { .max = 4096 };

	nfhad_text_add_fraction(&text, 0, 1);
	nfhad_text_add_string(&text, " ");
	nfhad_text_add_fraction(&text, UINT64_MAX, 1);
	nfhad_text_add_string(&text, " ");
	nfhad_text_add_fraction(&text, 1000001, 1000000);
	nfhad_text_add_string(&text, " ");
	nfhad_text_add_fraction(&text, 50, 1000);
	nfhad_text_add_string(&text, " ");
	nfhad_text_add_fraction(&text, 7, 1);
	nfhad_text_add(&text, "", 1);
	ck_assert_str_eq(text.bytes,
			 "0 18446744073709551615 1.000001 0.050 7");
	nfhad_text_free(&text);
}

/* Nothing is asserted of the time: it is said. */
START_TEST(hundred_instances)
{
	struct nfhad_text text = { .max = 8 << 20 };
	struct timespec from, to;
	int n;

	plenty_make(&nfhad, 100);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (n = 0; n < 10; n++) {
		nfhad_text_free(&text);
		ck_assert_int_eq(nfhad_metrics_write(&nfhad, &text), 0);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	printf("# 100 instances: %zu bytes in %ld us\n", text.length,
	       ((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec -
		from.tv_nsec) / 10000);
	fflush(stdout);
	nfhad_text_free(&text);
}

UNIT_MAIN_FIXTURE("metrics", setup, teardown, text_to_the_letter,
		  labels_are_escaped, each_is_said_once,
		  names_are_as_they_should_be, document_has_all_of_them, limit,
		  numbers, hundred_instances)
