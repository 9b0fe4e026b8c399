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
#include "change.h"
#include "checkpoint.h"
#include "config.h"
#include "decision.h"
#include "driver.h"
#include "http.h"
#include "kernel.h"
#include "log.h"
#include "meter.h"
#include "nfhad.h"
#include "obituary.h"
#include "record.h"
#include "recovery.h"
#include "scale.h"
#include "service.h"
#include "store.h"
#include "sweep.h"
#include "value.h"

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

static struct nfhad_service *service_find(const struct nfhad *d,
					  const char *name)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		if (d->service[n] && !strcmp(d->service[n]->config->name, name))
			return d->service[n];
	return NULL;
}

static void services_start(struct nfhad *d)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		nfhad_service_start(d->service[n]);
}

/* Others wait for the module to have them. */
static size_t services_begun(const struct nfhad *d)
{
	size_t n, begun = 0;

	for (n = 0; n < d->services; n++)
		begun += d->service[n]->started;
	return begun;
}

static struct nfhad_instance *instance_find(const struct nfhad *d,
					    const struct nfha_event *e)
{
	struct nfhad_service *service = service_find(d, e->service);

	return service && service->started ?
		       nfhad_service_instance(service, e->instance) : NULL;
}

/* Events were lost: the fence is what must not be missed. */
static void look_for_fences(struct nfhad *d)
{
	size_t n, k;

	for (n = 0; n < d->services; n++) {
		struct nfhad_service *s = d->service[n];

		for (k = 0; s->started && k < s->instances; k++)
			if (nfhad_instance_is_fenced(&s->instance[k]))
				nfhad_instance_fenced(&s->instance[k]);
	}
}

static void overflow_log(const struct nfhad_instance *i, uint32_t what)
{
	static const char *const text[] = {
		[NFHA_OVERFLOW_UNLOGGED] =
			"its log is full: a replay would miss input",
		[NFHA_OVERFLOW_INPUT_DROPPED] =
			"its log is full: input that had to wait is dropped",
		[NFHA_OVERFLOW_OUTPUT_DROPPED] =
			"its hold is full: output is dropped",
		[NFHA_OVERFLOW_OUTPUT_RELEASED] =
			"its hold is full: output is released, the guarantee is lost",
	};

	if (what <= NFHA_OVERFLOW_OUTPUT_RELEASED)
		nfhad_log_instance(LOG_WARNING, i, "%s", text[what]);
}

static void tell_scales(struct nfhad *d, const struct nfha_event *e)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		if (!e || !strcmp(e->service, d->service[n]->config->name))
			nfhad_scale_event(d->service[n], e);
}

static void on_kernel(const struct nfha_event *e, void *data)
{
	struct nfhad *d = data;
	struct nfhad_instance *i;

	tell_scales(d, e);
	if (!e) {
		look_for_fences(d);
		services_start(d);
		return;
	}
	i = instance_find(d, e);
	switch (e->cmd) {
	case NFHA_CMD_SERVICE_NEW_NTF:
	case NFHA_CMD_SERVICE_SET_NTF:
	case NFHA_CMD_INSTANCE_SET_NTF:
		services_start(d);
		break;
	case NFHA_CMD_INSTANCE_NEW_NTF:
		services_start(d);
		if (i)
			nfhad_recovery_renewed(i);
		break;
	case NFHA_CMD_FENCED_NTF:
		/* It is of the past; it may have been made anew meanwhile. */
		if (i && nfhad_instance_is_fenced(i))
			nfhad_instance_fenced(i);
		break;
	case NFHA_CMD_WATERMARK_NTF:
		if (i)
			nfhad_checkpoint_soon(i);
		break;
	case NFHA_CMD_PORT_NTF:
		/* With recovery it is the module that fences it. */
		if (i && !i->service->driver->save &&
		    e->port_event == NFHA_PORT_EVENT_CARRIER_LOST)
			nfhad_instance_failed(i, "carrier lost");
		if (i && e->port_event == NFHA_PORT_EVENT_CARRIER_BACK)
			nfhad_instance_connected(i);
		break;
	case NFHA_CMD_OVERLOAD_NTF:
		if (i)
			nfhad_meter_notice(i->service, e);
		break;
	case NFHA_CMD_OVERFLOW_NTF:
		if (i)
			overflow_log(i, e->overflow);
		break;
	}
}

static void on_death(const struct nfhad_death *death, void *data)
{
	struct nfhad *d = data;
	size_t n;

	for (n = 0; n < d->services; n++)
		nfhad_service_death(d->service[n], death);
}

static void services_free(struct nfhad *d)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		nfhad_service_free(d->service[n]);
	free(d->service);
	d->service = NULL;
	d->services = 0;
}

/* A service of the earlier configuration that wants the same goes on as it is. */
static int services_make(struct nfhad *d, struct nfhad_service **list,
			 struct nfhad_config *config)
{
	struct nfhad_service *old;
	size_t n;

	for (n = 0; n < config->services; n++) {
		old = service_find(d, config->service[n].name);
		if (old && nfhad_config_same_service(old->config,
						     &config->service[n]))
			continue;
		list[n] = nfhad_service_new(d, config, &config->service[n]);
		if (!list[n])
			return -ENOMEM;
	}
	return 0;
}

static void services_swap(struct nfhad *d, struct nfhad_service **list,
			  const struct nfhad_config *config)
{
	size_t n, k;

	for (n = 0; n < config->services; n++) {
		for (k = 0; !list[n] && k < d->services; k++) {
			struct nfhad_service *old = d->service[k];

			if (!old || strcmp(old->config->name,
					   config->service[n].name) != 0)
				continue;
			list[n] = old;
			d->service[k] = NULL;
		}
	}
	services_free(d);
	d->service = list;
	d->services = config->services;
}

static int configure(struct nfhad *d, struct nfhad_config *config)
{
	struct nfhad_service **list = calloc(config->services + 1,
					     sizeof(struct nfhad_service *));
	size_t n;
	int ret;

	ret = list ? services_make(d, list, config) : -ENOMEM;
	if (ret) {
		for (n = 0; list && n < config->services; n++)
			nfhad_service_free(list[n]);
		free(list);
		return ret;
	}
	services_swap(d, list, config);
	/* The first one is the store's as long as the daemon lives. */
	if (d->config && d->config != d->first)
		nfhad_config_free(d->config);
	d->config = config;
	d->first = d->first ?: config;
	/* What begins now is told by itself. */
	for (n = 0; n < d->services; n++)
		nfhad_service_set(d->service[n]);
	nfhad_sweep_begin(d);
	services_start(d);
	return 0;
}

static bool is_same_http(const struct nfhad_http_config *a,
			 const struct nfhad_http_config *b)
{
	return nfhad_value_is_same(a->address, b->address) &&
	       (!a->address || a->port == b->port);
}

static bool is_same_base(const struct nfhad_config *a,
			 const struct nfhad_config *b)
{
	return is_same_http(&a->http, &b->http) &&
	       nfhad_config_same_hosts(a, b) &&
	       !strcmp(a->store.directory, b->store.directory) &&
	       a->store.sync == b->store.sync &&
	       a->store.keep == b->store.keep &&
	       a->store.bytes_max == b->store.bytes_max &&
	       !strcmp(a->criu, b->criu) && !strcmp(a->cgroup, b->cgroup) &&
	       !strcmp(a->api.socket, b->api.socket) &&
	       nfhad_value_is_same(a->api.group, b->api.group);
}

static int may_change(const struct nfhad *d, const struct nfhad_config *config)
{
	const struct nfhad_service_config *wanted;
	size_t n, k;
	int ret = 0;

	for (n = 0; n < d->services; n++) {
		wanted = NULL;
		for (k = 0; k < config->services; k++)
			if (!strcmp(config->service[k].name,
				    d->service[n]->config->name))
				wanted = &config->service[k];
		ret = nfhad_change_check(d->service[n], wanted) ?: ret;
	}
	return ret;
}

static int reload(struct nfhad *d)
{
	struct nfhad_config *config;
	int ret;

	ret = nfhad_config_load(d->config_path, &config);
	if (ret)
		return ret;
	if (!is_same_base(d->config, config)) {
		nfhad_log(LOG_ERR, NULL, NULL,
			  "%s: store, criu, cgroup, hosts, api and http cannot be changed without a restart",
			  d->config_path);
		nfhad_config_free(config);
		return -EBUSY;
	}
	ret = may_change(d, config);
	ret = ret ?: configure(d, config);
	if (ret)
		nfhad_config_free(config);
	return ret;
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
	ret = reload(d);
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
	ret = nfhad_kernel_open(d->event, on_kernel, d, &d->kernel);
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
	return configure(d, config);
}

static void end(struct nfhad *d)
{
	nfhad_api_close(d->api);
	nfhad_http_close(d->http);
	nfhad_sweep_stop(d);
	services_free(d);
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
