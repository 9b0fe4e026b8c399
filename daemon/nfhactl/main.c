// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nfhactl.h"

static const struct command *const tables[] = {
	service_commands, instance_commands, range_commands, split_commands,
	flow_commands, transfer_commands, stats_commands, monitor_commands,
	top_commands, NULL
};

static void usage(FILE *to)
{
	fputs("usage: nfhactl [-j] [-n NETNS] COMMAND\n"
	      "  -j  JSON   -n  in this network namespace   -V  version   -h  help\n"
	      "Words may be abbreviated. Commands:\n", to);
	help_print(tables, NULL, to);
}

/* Returns the number of words taken, or -1 after a message. */
static int options_parse(char **words, struct request *r)
{
	char **word;

	for (word = words; *word && **word == '-'; word++) {
		if (!strcmp(*word, "-j")) {
			r->json = true;
		} else if (!strcmp(*word, "-n") && word[1]) {
			r->netns = *++word;
		} else if (!strcmp(*word, "-V")) {
			puts("nfhactl " NFHA_VERSION);
			exit(0);
		} else if (!strcmp(*word, "-h") || !strcmp(*word, "--help")) {
			usage(stdout);
			exit(0);
		} else {
			fprintf(stderr,
				"nfhactl: \"%s\" is not an option, expected -j, -n NETNS, -V or -h\n",
				*word);
			return -1;
		}
	}
	return word - words;
}

static int open_refused(const struct request *r, int error)
{
	const char *what = strerror(-error);

	if (error == -ENOPROTOOPT)
		what = "the kernel does not have nfha; load the module: modprobe nfha";
	else if (error == -ENOENT)
		what = "no such network namespace";
	fprintf(stderr, "nfhactl: %s%s%s\n", r->netns ? r->netns : "",
		r->netns ? ": " : "", what);
	return EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	static struct request r;
	const struct command *command;
	char **words = argv + 1;
	struct nfha *h;
	int ret;

	if (argc > 1 && !strcmp(argv[1], "--complete")) {
		complete(tables, argv + 2);
		return 0;
	}
	ret = options_parse(words, &r);
	if (ret < 0)
		return EXIT_USAGE;
	words += ret;
	if (!*words || !strcmp(*words, "help")) {
		usage(*words ? stdout : stderr);
		return *words ? 0 : EXIT_USAGE;
	}
	command = command_find(tables, &words, &r);
	if (!command)
		return EXIT_USAGE;
	if (*words && !strcmp(*words, "help")) {
		help_print(tables, command->object, stdout);
		return 0;
	}
	ret = args_parse(command, words, &r);
	if (ret)
		return ret;
	ret = nfha_open(&h, r.netns);
	if (ret)
		return open_refused(&r, ret);
	ret = command->run(h, &r);
	nfha_close(h);
	return ret;
}
