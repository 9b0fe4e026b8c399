// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guide for operators has a line for each thing that may be seen: events and lost
 * packets of the module, states, decisions, alerts.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../names.h"
#include "decision.h"
#include "source.h"
#include "unit.h"

static char *guide;

/* Is there a row of a table that is about a word: in backticks in its first cell, which
 * begins with one?
 */
static bool has_row(const char *word)
{
	char quoted[64];
	const char *line, *at;

	snprintf(quoted, sizeof(quoted), "`%s`", word);
	for (line = guide; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "| `", 3) != 0)
			continue;
		at = strstr(line, quoted);
		if (at && at < strchr(line + 1, '|'))
			return true;
	}
	return false;
}

static void check_row(const char *word)
{
	ck_assert_msg(has_row(word), "operations.md: no row for %s", word);
}

/**
 * check_names - each name in a file that begins and ends in a way has a row
 * @file: of the tree
 * @before: what stands before a name
 * @begin: how the name begins
 * @end: how it ends, which is not in the guide
 *
 * Return: how many there are.
 */
static unsigned int check_names(const char *file, const char *before,
				const char *begin, const char *end)
{
	char *text = source_read(file), *at, name[64];
	unsigned int count = 0;
	size_t length;

	for (at = text; (at = strstr(at, before));) {
		at += strlen(before);
		length = strcspn(at, "\n");
		if (length <= strlen(end) || length >= sizeof(name) ||
		    strncmp(at, begin, strlen(begin)) != 0 ||
		    strncmp(at + length - strlen(end), end, strlen(end)) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s",
			 (int)(length - strlen(end)), at);
		check_row(name);
		count++;
	}
	free(text);
	return count;
}

START_TEST(each_event_has_a_row)
{
	guide = source_read("Documentation/operations.md");
	ck_assert_uint_ge(check_names("Documentation/netlink/specs/nfha.yaml",
				      "      name: ", "", "-ntf"), 17);
	free(guide);
}

START_TEST(each_loss_has_a_row)
{
	guide = source_read("Documentation/operations.md");
	ck_assert_uint_ge(check_names("Documentation/netlink/specs/nfha.yaml",
				      "        name: ", "drop-", ""), 13);
	free(guide);
}

/* The words of a type of the daemon's interface, which are checked against its tables. */
static void check_type(const char *type)
{
	char *text = source_read("daemon/io.nfha.daemon.varlink");
	char *at, *word, *rest;

	at = strstr(text, type);
	ck_assert_msg(at, "%s", type);
	at += strlen(type);
	at[strcspn(at, ")")] = 0;
	for (word = strtok_r(at, "\n ,", &rest); word;
	     word = strtok_r(NULL, "\n ,", &rest))
		check_row(word);
	free(text);
}

START_TEST(each_state_has_a_row)
{
	unsigned int i;

	guide = source_read("Documentation/operations.md");
	check_type("\ntype State (");
	check_type("\ntype ScaleState (");
	for (i = 0; i < ARRAY_SIZE(state_names); i++)
		check_row(state_names[i]);
	for (i = 0; i < ARRAY_SIZE(recovery_flag_names); i++)
		check_row(recovery_flag_names[i]);
	free(guide);
}

START_TEST(each_decision_has_a_row)
{
	unsigned int i;

	guide = source_read("Documentation/operations.md");
	for (i = 0; i < NFHAD_ACTIONS; i++)
		check_row(nfhad_action_name(i));
	free(guide);
}

START_TEST(each_alert_has_a_row)
{
	guide = source_read("Documentation/operations.md");
	ck_assert_uint_ge(check_names("Documentation/examples/nfha-alerts.yml",
				      "- alert: ", "", ""), 15);
	free(guide);
}

START_TEST(what_is_not_there_is_missed)
{
	guide = source_read("Documentation/operations.md");
	ck_assert(!has_row("drop-by-chance"));
	/* Not in the first cell of a row. */
	ck_assert(strstr(guide, "`timeout`"));
	ck_assert(!has_row("timeout"));
	free(guide);
}

UNIT_MAIN("operations", each_event_has_a_row, each_loss_has_a_row,
	  each_state_has_a_row, each_decision_has_a_row, each_alert_has_a_row,
	  what_is_not_there_is_missed)
