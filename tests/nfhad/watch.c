// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's web server without a daemon behind it. Status is what a file says, metrics
 * are those of plenty.c; lines of standard input, "SERVICE INSTANCE CAUSE", are decisions.
 * Each path that somebody asks for is a line of standard output. Ends with its input.
 *
 * usage: watch ADDRESS PORT STATUS
 */

#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "../unit/plenty.h"
#include "answer.h"
#include "config.h"
#include "decision.h"
#include "http.h"
#include "log.h"
#include "nfhad.h"
#include "status.h"
#include "watch.h"

static const char *status_file;

/* Instead of status.c. */
struct json_object *nfhad_status_json(struct nfhad *d)
{
	(void)d;
	return json_object_from_file(status_file);
}

/* The linker puts this around the daemon's own. */
unsigned int __wrap_nfhad_answer_path(struct nfhad_answers *all,
				      const char *path, const char *after,
				      struct MHD_Response **response)
{
	printf("%s\n", path);
	fflush(stdout);
	return __real_nfhad_answer_path(all, path, after, response);
}

static int on_line(sd_event_source *source, int fd, uint32_t events, void *data)
{
	char service[32], instance[32], cause[256], line[512];
	struct nfhad *d = data;

	(void)fd;
	(void)events;
	if (!fgets(line, sizeof(line), stdin))
		return sd_event_exit(sd_event_source_get_event(source), 0);
	if (sscanf(line, "%31s %31s %255[^\n]", service, instance, cause) == 3)
		nfhad_decision_add(d->decisions, service, instance,
				   NFHAD_ACTION_SPLIT, "%s", cause);
	return 0;
}

static int run(const struct nfhad_http_config *config)
{
	struct nfhad d = {};
	int ret;

	plenty_make(&d, 100);
	signal(SIGPIPE, SIG_IGN);
	/* Otherwise a line may be read ahead, and waited for. */
	setvbuf(stdin, NULL, _IONBF, 0);
	d.decisions = nfhad_decisions_new();
	if (!d.decisions || sd_event_default(&d.event) < 0 ||
	    sd_event_add_io(d.event, NULL, STDIN_FILENO, EPOLLIN, on_line,
			    &d) < 0 ||
	    nfhad_http_open(&d, config, &d.http))
		return EXIT_FAILURE;
	puts("ready");
	fflush(stdout);
	ret = sd_event_loop(d.event);
	nfhad_http_close(d.http);
	nfhad_decisions_free(d.decisions);
	sd_event_unref(d.event);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct nfhad_http_config config = {};

	if (argc != 4) {
		fputs("usage: watch ADDRESS PORT STATUS\n", stderr);
		return 2;
	}
	config.address = argv[1];
	config.port = strtoul(argv[2], NULL, 10);
	status_file = argv[3];
	nfhad_log_open(false);
	return run(&config);
}
