// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of nfhad: each is in its help and in its manual. */

#include "wraps.h"

#define main nfhad_main
#include "../../daemon/nfhad/main.c"
#undef main

#include "said.h"
#include "source.h"
#include "unit.h"

static void help_read(char *text, size_t size)
{
	FILE *help = fmemopen(text, size, "w");

	ck_assert_ptr_nonnull(help);
	say_usage(help);
	fclose(help);
}

START_TEST(each_option_is_in_the_manual)
{
	char want[64], *text = source_read("Documentation/man/nfhad.8");
	const struct option *option;

	for (option = long_options; option->name; option++) {
		bool letter = strchr(SHORT_OPTIONS, option->val);
		const char *arg = option->has_arg ? " Ar file" : "";

		if (letter)
			snprintf(want, sizeof(want),
				 "\n.It Fl %c%s , Fl -%s%s\n", option->val, arg,
				 option->name, arg);
		else
			snprintf(want, sizeof(want), "\n.It Fl -%s%s\n",
				 option->name, arg);
		ck_assert_msg(strstr(text, want), "%s", want);
	}
	free(text);
}

START_TEST(each_option_is_in_the_help)
{
	char want[64], letter[8], text[4096];
	const struct option *option;

	help_read(text, sizeof(text));
	for (option = long_options; option->name; option++) {
		snprintf(letter, sizeof(letter), "-%c, ", option->val);
		if (!strchr(SHORT_OPTIONS, option->val))
			*letter = 0;
		snprintf(want, sizeof(want), "\n  %s--%s ", letter,
			 option->name);
		ck_assert_msg(strstr(text, want), "%s", want);
	}
}

/* And there is no letter that stands for nothing. */
START_TEST(each_letter_has_a_name)
{
	const struct option *option;
	const char *letter;

	for (letter = SHORT_OPTIONS; *letter; letter++) {
		if (*letter == ':')
			continue;
		for (option = long_options; option->name; option++)
			if (option->val == *letter)
				break;
		ck_assert_msg(option->name, "%c", *letter);
		ck_assert_int_eq(letter[1] == ':', option->has_arg);
	}
}

static void refuses(const char *word, const char *want)
{
	char name[] = "nfhad", option[64];
	char *argv[3] = { name, option };
	struct options o = { .config = CONFIG_PATH };
	int ret;

	snprintf(option, sizeof(option), "%s", word);
	optind = 0;
	said_begin();
	ret = options_parse(2, argv, &o);
	said_end();
	ck_assert_int_eq(ret, 2);
	ck_assert_msg(!strncmp(said, want, strlen(want)), "%s: %s", word, said);
}

START_TEST(wrong_words)
{
	refuses("--config=", "nfhad: --config: expected a file, got \"\"\n");
	refuses("extra", "nfhad: \"extra\": expected options only\n");
	refuses("--chek", "nfhad: unrecognized option '--chek'\nusage: ");
	refuses("--config", "nfhad: option '--config' requires an argument\nusage: ");
}

UNIT_MAIN("options", each_option_is_in_the_manual, each_option_is_in_the_help,
	  each_letter_has_a_name, wrong_words)
