// SPDX-License-Identifier: GPL-2.0-or-later

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "nfhactl.h"

#define ROWS_MAX 1024
#define BAR 32

/**
 * struct row - an instance, and what it was like the last time
 */
struct row {
	struct nfha_instance now;
	uint64_t packets;
	double rate;
	bool seen;
};

struct screen {
	struct row row[ROWS_MAX];
	unsigned int rows;
	double elapsed;
	double most;
};

static int take_once(struct request *r, const struct arg *arg,
		     const char *word)
{
	(void)arg;
	(void)word;
	r->limit = 1;
	return 0;
}

static int take_count(struct request *r, const struct arg *arg,
		      const char *word)
{
	uint64_t n;

	if (take_number(word, UINT32_MAX, &n) || !n)
		return bad_value(r, arg, word, NULL);
	r->limit = n;
	return 0;
}

static const struct arg top_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL },
	{ "once", "", NULL, take_once, ARG_FLAG },
	{ "count", "1 to 4294967295", NULL, take_count, 0 }, {}
};

static uint64_t packets_to(const struct nfha_instance *i)
{
	uint64_t sum = 0;
	unsigned int n;

	for (n = 0; n < i->ports; n++)
		sum += i->port[n].tx_packets;
	return sum;
}

static struct row *row_of(struct screen *screen, const struct nfha_instance *i)
{
	unsigned int n;

	for (n = 0; n < screen->rows; n++)
		if (!strcmp(screen->row[n].now.name, i->name) &&
		    !strcmp(screen->row[n].now.service, i->service))
			return &screen->row[n];
	if (screen->rows == ROWS_MAX)
		return NULL;
	screen->row[screen->rows].packets = packets_to(i);
	return &screen->row[screen->rows++];
}

static int row_update(const struct nfha_instance *i, void *data)
{
	struct screen *screen = data;
	struct row *row = row_of(screen, i);
	uint64_t packets = packets_to(i);

	if (!row)
		return 0;
	row->now = *i;
	row->rate = screen->elapsed > 0 && packets >= row->packets ?
		    (packets - row->packets) / screen->elapsed : 0;
	row->packets = packets;
	row->seen = true;
	if (row->rate > screen->most)
		screen->most = row->rate;
	return 0;
}

/* Rows of instances that the last dump did not have go. */
static void rows_prune(struct screen *screen)
{
	unsigned int n, kept = 0;

	for (n = 0; n < screen->rows; n++) {
		if (!screen->row[n].seen)
			continue;
		screen->row[kept] = screen->row[n];
		screen->row[kept++].seen = false;
	}
	screen->rows = kept;
}

static void row_print(const struct row *row, double most)
{
	int n = most > 0 ? row->rate / most * BAR + .5 : 0;

	printf("%-12.12s %-12.12s %-8s %5.1f%% %8u %8u %10.0f  %.*s\n",
	       row->now.service, row->now.name,
	       NAME_OF(state_names, row->now.state),
	       row->now.width / 655.36, row->now.flows, row->now.exceptions,
	       row->rate, n, "################################");
}

static int draw(struct nfha *h, const struct request *r, struct screen *screen,
		bool clear)
{
	const char *service = r->service.name[0] ? r->service.name : NULL;
	unsigned int n;
	int ret;

	screen->most = 0;
	ret = dump_instances(h, service, row_update, screen);
	if (ret)
		return ret;
	rows_prune(screen);
	printf("%s%-12s %-12s %-8s %6s %8s %8s %10s\n", clear ? "\033[H\033[J" : "",
	       "SERVICE", "INSTANCE", "STATE", "RANGE", "FLOWS", "EXCEPT",
	       "PACKETS/S");
	for (n = 0; n < screen->rows; n++)
		row_print(&screen->row[n], screen->most);
	if (clear)
		fputs("q quits\n", stdout);
	fflush(stdout);
	return 0;
}

/* The terminal has to be put back, so that no signal may just end us: a
 * descriptor says that there was one. Less than 0 if there is no such thing.
 */
static int signals_open(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &ends, NULL))
		return -1;
	return signalfd(-1, &ends, SFD_CLOEXEC);
}

/* True if somebody has pressed q, or wants us to end. */
static bool pause_or_quit(bool keys, int signals)
{
	struct pollfd pfd[] = {
		{ .fd = keys ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	char c = 0;

	if (poll(pfd, ARRAY_SIZE(pfd), 1000) <= 0)
		return false;
	if (pfd[1].revents)
		return true;
	return read(STDIN_FILENO, &c, 1) == 0 || c == 'q';
}

static void keys_set(const struct termios *was)
{
	struct termios t = *was;

	t.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static int run_top(struct nfha *h, struct request *r)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	bool clear = r->limit != 1 && isatty(STDOUT_FILENO);
	struct timespec t0, t1;
	struct termios was;
	bool keys = clear && !tcgetattr(STDIN_FILENO, &was);
	unsigned int left = r->limit;
	int signals = -1, ret;

	if (!screen)
		return EXIT_REFUSED;
	if (keys) {
		signals = signals_open();
		keys_set(&was);
	}
	do {
		clock_gettime(CLOCK_MONOTONIC, &t0);
		ret = draw(h, r, screen, clear);
		if (ret || !--left || pause_or_quit(keys, signals))
			break;
		clock_gettime(CLOCK_MONOTONIC, &t1);
		screen->elapsed = t1.tv_sec - t0.tv_sec +
				  (t1.tv_nsec - t0.tv_nsec) / 1e9;
	} while (1);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &was);
	free(screen);
	return ret ? refused(h, r, ret) : 0;
}

const struct command top_commands[] = {
	{ "top", NULL, "Show instances and their load, each second, until q or a signal.",
	  top_args, run_top },
	{}
};
