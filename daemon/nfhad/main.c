// SPDX-License-Identifier: GPL-2.0-or-later
/* nfhad: decides what the module carries out. */

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "api.h"
#include "config.h"
#include "decision.h"
#include "event.h"
#include "http.h"
#include "kernel.h"
#include "log.h"
#include "nfhad.h"
#include "obituary.h"
#include "record.h"
#include "reload.h"
#include "service.h"
#include "store.h"
#include "sweep.h"

#define CONFIG_PATH "/etc/nfhad.yaml"

/**
 * struct options - the command line
 * @config: file
 * @check: read it, and no more
 * @debug: log more
 */
struct options {
	const char *config;
	bool check;
	bool debug;
};

/* What has no letter among these is long only. */
#define SHORT_OPTIONS "c:dhV"

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 'C' },
	{ "debug", no_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

static void say_usage(FILE *to)
{
	fputs("usage: nfhad [--config FILE] [--check] [--debug]\n"
	      "       nfhad --help | --version\n"
	      "  -c, --config FILE  default: " CONFIG_PATH "\n"
	      "  --check            say whether the configuration is right, and end\n"
	      "  -d, --debug        log more\n"
	      "  -h, --help         say this, and end\n"
	      "  -V, --version      say the version, and end\n"
	      "SIGHUP reads the configuration again; SIGTERM ends, and leaves what it\n"
	      "protects running.\n", to);
}

/* Returns an exit status, or -1 to go on. */
static int options_parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, SHORT_OPTIONS, long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'C':
			o->check = true;
			break;
		case 'd':
			o->debug = true;
			break;
		case 'h':
			say_usage(stdout);
			return 0;
		case 'V':
			puts("nfhad " NFHA_VERSION);
			return 0;
		default:
			say_usage(stderr);
			return 2;
		}
	}
	if (!*o->config) {
		fputs("nfhad: --config: expected a file, got \"\"\n", stderr);
		return 2;
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "nfhad: \"%s\": expected options only\n", argv[optind]);
	return 2;
}

/* Others wait for the module to have them. */
static size_t services_begun(const struct nfhad *d)
{
	size_t n, begun = 0;

	for (n = 0; n < d->services; n++)
		begun += d->service[n]->started;
	return begun;
}

static void on_death(const struct nfhad_death *death, void *data)
{
	struct nfhad *d = data;
	size_t n;

	for (n = 0; n < d->services; n++)
		nfhad_service_death(d->service[n], death);
}

/* Of many connections there is a lot to be read in one turn of the loop. */
static bool may_compute_for_long(const struct nfhad_config *config)
{
	size_t n;

	for (n = 0; n < config->services; n++)
		if (config->service[n].driver == NFHAD_DRIVER_CONNTRACK)
			return true;
	return false;
}

/* A fence must not wait until a VNF that polls has had its share, nor a backup that is
 * loaded. What the daemon starts has the priority of all others. Whoever gives it
 * another one at its start has the say.
 */
static void priority_set(const struct nfhad *d)
{
	struct sched_param param = {};
	int policy = SCHED_OTHER;

	if (!d->is_usual)
		return;
	if (!may_compute_for_long(d->config)) {
		policy = SCHED_FIFO;
		param.sched_priority = sched_get_priority_min(policy);
	}
	if (sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &param))
		nfhad_log(LOG_INFO, NULL, NULL,
			  "a busy processor delays a recovery, for there is no real-time priority: %s",
			  strerror(errno));
}

static int on_hup(sd_event_source *source, const struct signalfd_siginfo *info,
		  void *data)
{
	struct nfhad *d = data;
	int ret;

	(void)source;
	(void)info;
	sd_notify(0, "RELOADING=1");
	ret = nfhad_reload(d);
	if (ret)
		nfhad_log(LOG_ERR, NULL, NULL,
			  "%s is not taken over, all stays as it was: %s",
			  d->config_path, strerror(-ret));
	else
		nfhad_log(LOG_NOTICE, NULL, NULL, "%s has been read again",
			  d->config_path);
	priority_set(d);
	sd_notify(0, "READY=1");
	return 0;
}

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info,
		  void *data)
{
	(void)info;
	(void)data;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* The end of a child is watched by whoever has started it; a restored tree may be ours,
 * too, and nobody else reaps it.
 */
static int signals_set(struct nfhad *d)
{
	sigset_t set;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	ret = sd_event_add_signal(d->event, NULL, SIGHUP, on_hup, d);
	if (ret < 0)
		return ret;
	ret = sd_event_add_signal(d->event, NULL, SIGTERM, on_end, d);
	if (ret < 0)
		return ret;
	ret = sd_event_add_signal(d->event, NULL, SIGINT, on_end, d);
	return ret < 0 ? ret : 0;
}

/* What is protected is not left alone because nobody can ask about it. */
static void api_begin(struct nfhad *d, const struct nfhad_api_config *config)
{
	if (nfhad_api_open(d, config))
		nfhad_log(LOG_ERR, NULL, NULL,
			  "goes on without a socket: nfhactl cannot ask it for anything");
}

static int begin(struct nfhad *d, struct nfhad_config *config)
{
	int ret;

	d->lock = nfhad_record_lock();
	if (d->lock < 0)
		return d->lock;
	d->decisions = nfhad_decisions_new();
	if (!d->decisions)
		return -ENOMEM;
	ret = sd_event_default(&d->event);
	if (ret < 0)
		return ret;
	ret = signals_set(d);
	if (ret < 0)
		return ret;
	ret = sd_event_set_watchdog(d->event, true);
	if (ret < 0)
		return ret;
	ret = nfhad_kernel_open(d->event, nfhad_event_heard, d, &d->kernel);
	if (ret)
		return ret;
	api_begin(d, &config->api);
	ret = nfhad_store_open(&config->store, d->event, &d->store);
	if (ret)
		return ret;
	ret = nfhad_obituary_open(d->event, on_death, d, &d->obituary);
	if (ret)
		nfhad_log(LOG_INFO, NULL, NULL,
			  "the end of a process is heard of when its memory is gone: %s",
			  strerror(-ret));
	/* Before anything is started that would have to be left again. */
	ret = nfhad_http_open(d, &config->http, &d->http);
	if (ret)
		return ret;
	return nfhad_reload_configure(d, config);
}

static void end(struct nfhad *d)
{
	nfhad_api_close(d->api);
	nfhad_http_close(d->http);
	nfhad_sweep_stop(d);
	nfhad_reload_end(d);
	nfhad_decisions_free(d->decisions);
	nfhad_obituary_close(d->obituary);
	nfhad_store_close(d->store);
	nfhad_kernel_close(d->kernel);
	sd_event_unref(d->event);
	if (d->lock >= 0)
		close(d->lock);
}

static int run(const char *path, struct nfhad_config *config)
{
	struct nfhad d = {
		.config_path = path,
		.is_usual = sched_getscheduler(0) == SCHED_OTHER &&
			    !getpriority(PRIO_PROCESS, 0),
	};
	int ret;

	ret = begin(&d, config);
	if (ret) {
		nfhad_log(LOG_ERR, NULL, NULL, "cannot begin: %s",
			  strerror(-ret));
	} else {
		priority_set(&d);
		sd_notify(0, "READY=1");
		nfhad_log(LOG_NOTICE, NULL, NULL, "has begun %zu of %zu services",
			  services_begun(&d), d.services);
		ret = sd_event_loop(d.event);
		sd_notify(0, "STOPPING=1");
	}
	end(&d);
	nfhad_config_free(config);
	if (d.config != config)
		nfhad_config_free(d.config);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options o = { .config = CONFIG_PATH };
	struct nfhad_config *config;
	int ret;

	ret = options_parse(argc, argv, &o);
	if (ret >= 0)
		return ret;
	nfhad_log_open(o.debug);
	ret = nfhad_config_load(o.config, &config);
	if (ret) {
		/* What is wrong with it has been said. */
		nfhad_log(LOG_ERR, NULL, NULL, "%s: nothing of it is used",
			  o.config);
		return EXIT_FAILURE;
	}
	if (!o.check)
		return run(o.config, config);
	nfhad_config_free(config);
	printf("%s is right\n", o.config);
	return EXIT_SUCCESS;
}
