// SPDX-License-Identifier: GPL-2.0-or-later
/* What was made for instances that are gone. */

#include <errno.h>
#include <fcntl.h>
#include <libnfha/nfha.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "config_made.h"
#include "group.h"
#include "job.h"
#include "links.h"
#include "log.h"
#include "netns.h"
#include "nfhad.h"
#include "ranges.h"
#include "service.h"
#include "space.h"
#include "stray.h"
#include "sweep.h"
#include "tree.h"

#define LIMIT_US 30000000ULL
/* One walk does not find more; the next one does. */
#define FOUND_MAX 1024

/**
 * struct found - a device or a namespace whose instance is gone
 * @service: of the instance
 * @instance: its name
 * @name: what it is called
 */
struct found {
	char service[NFHA_NAME_MAX + 1];
	char instance[NFHA_NAME_MAX + 1];
	char name[NAME_MAX + 1];
};

/**
 * struct sweep - in a job
 * @config: what is wanted
 * @here: descriptor of the daemon's namespace
 * @host: connection to it
 * @module: connection to the module, or NULL
 * @count: how many are found
 * @found: devices, or namespaces
 */
struct sweep {
	const struct nfhad_config *config;
	int here;
	struct nl_sock *host;
	struct nfha *module;
	size_t count;
	struct found *found;
};

/* NULL if the configuration has no such instance. */
static const struct nfhad_instance_config *
instance_of(const struct sweep *w, const struct found *f)
{
	const struct nfhad_service_config *s = w->config->service;
	size_t n, i;

	for (n = 0; n < w->config->services; n++)
		for (i = 0; i < s[n].instances; i++)
			if (!strcmp(s[n].name, f->service) &&
			    !strcmp(s[n].instance[i].name, f->instance))
				return &s[n].instance[i];
	return NULL;
}

static bool is_device_of(const struct nfhad_instance_config *i, const char *name)
{
	enum nfhad_side side;

	for (side = 0; i->made && side < NFHAD_SIDES; side++)
		if (i->made->device[side] && !strcmp(i->made->device[side], name))
			return true;
	/* Without a template it is a person's who has taken it over. */
	return !i->made;
}

/* Who gets packets, or is to, keeps what it gets them by, as at a reload, until it has other
 * names.
 */
static bool is_in_use(const struct sweep *w, const struct found *f)
{
	struct nfha_instance answer;

	if (!w->module || !instance_of(w, f) ||
	    nfha_instance_get(w->module, f->service, f->instance, &answer) ||
	    !(answer.width || answer.flows || answer.state == NFHA_STATE_ACTIVE))
		return false;
	nfhad_log(LOG_ERR, f->service, f->instance,
		  "keeps %s, which has another name now, for it is active, or has flows",
		  f->name);
	return true;
}

/* Room for one more, with what its mark says; NULL: it says nothing, or there is none. */
static struct found *room(struct sweep *w, const char *name, const char *mark)
{
	struct found *f = &w->found[w->count];

	if (w->count == FOUND_MAX ||
	    sscanf(mark, "nfhad %31[^/]/%31s", f->service, f->instance) != 2)
		return NULL;
	snprintf(f->name, sizeof(f->name), "%s", name);
	return f;
}

static int on_device(const char *device, const char *mark, void *data)
{
	const struct nfhad_instance_config *i;
	struct sweep *w = data;
	struct found *f = room(w, device, mark);

	i = f ? instance_of(w, f) : NULL;
	if (f && !(i && is_device_of(i, device)) && !is_in_use(w, f))
		w->count++;
	return 0;
}

/* Gone with its instance is also the place that the module had for it. */
static void place_remove(const struct sweep *w, const struct found *f)
{
	struct nfha *module = w->module;
	struct nfha_instance answer;
	unsigned int n;

	if (!module || nfha_instance_get(module, f->service, f->instance, &answer))
		return;
	for (n = 0; n < answer.ports; n++)
		if (!strcmp(answer.port[n].ifname, f->name))
			break;
	if (n < answer.ports)
		nfha_instance_del(module, f->service, f->instance, true);
}

static void said(const struct found *f, const char *what, int ret)
{
	if (ret)
		nfhad_log(LOG_ERR, f->service, f->instance,
			  "%s %s of what is gone cannot be removed: %s", what,
			  f->name, strerror(-ret));
	else
		nfhad_log(LOG_NOTICE, f->service, f->instance,
			  "is gone, and so is its %s %s", what, f->name);
}

static void devices_sweep(struct sweep *w)
{
	char mark[NFHAD_MARK_MAX];
	size_t n;

	w->count = 0;
	nfhad_links_each(w->host, on_device, w);
	for (n = 0; n < w->count; n++) {
		const struct found *f = &w->found[n];

		place_remove(w, f);
		snprintf(mark, sizeof(mark), "nfhad %s/%s", f->service,
			 f->instance);
		said(f, "device", nfhad_links_remove(w->host, f->name, mark));
	}
}

/**
 * struct look - at a namespace
 * @sweep: that it is for
 * @name: of the namespace
 */
struct look {
	struct sweep *sweep;
	const char *name;
};

/* It is ours if its loopback device is. */
static int on_loopback(const char *device, const char *mark, void *data)
{
	const struct nfhad_instance_config *i;
	const struct look *look = data;
	struct found *f;

	if (strcmp(device, "lo") != 0)
		return 0;
	f = room(look->sweep, look->name, mark);
	i = f ? instance_of(look->sweep, f) : NULL;
	if (f && !(i && (!i->made || !strcmp(i->netns, look->name))) &&
	    !is_in_use(look->sweep, f))
		look->sweep->count++;
	return 1;
}

static bool is_attached(const struct sweep *w, const char *name)
{
	const struct nfhad_service_config *s = w->config->service;
	size_t n, i;

	for (n = 0; n < w->config->services; n++)
		for (i = 0; i < s[n].instances; i++)
			if (!strcmp(s[n].instance[i].netns, name))
				return true;
	return false;
}

static int on_namespace(int dir, const char *name, void *data)
{
	struct sweep *w = data;
	struct look look = { .sweep = w, .name = name };
	struct nl_sock *sock;
	int netns;

	(void)dir;
	if (!strncmp(name, NFHAD_ATTACHED, strlen(NFHAD_ATTACHED))) {
		if (!is_attached(w, name))
			nfhad_space_remove(name);
		return 0;
	}
	netns = nfhad_netns_open(name);
	if (netns < 0)
		return 0;
	if (!nfhad_links_open(netns, w->here, &sock)) {
		nfhad_links_each(sock, on_loopback, &look);
		nfhad_links_close(sock);
	}
	close(netns);
	return 0;
}

static void namespaces_find(struct sweep *w)
{
	int dir = nfhad_tree_open(AT_FDCWD, "/run/netns");

	w->count = 0;
	if (dir < 0)
		return;
	nfhad_tree_each(dir, on_namespace, w);
	close(dir);
}

/* What runs there ends before its devices go, and the name goes last. */
static void namespaces_sweep(struct sweep *w)
{
	struct found *gone;
	size_t n, count;

	namespaces_find(w);
	gone = w->found;
	count = w->count;
	for (n = 0; n < count; n++)
		nfhad_stray_kill(gone[n].name);
	w->found = calloc(FOUND_MAX, sizeof(*w->found));
	if (w->found)
		devices_sweep(w);
	free(w->found);
	for (n = 0; n < count; n++)
		said(&gone[n], "network namespace",
		     nfhad_space_remove(gone[n].name));
	w->found = gone;
}

/* That of an instance which the configuration still has goes when it is removed. */
static int on_group(int dir, const char *name, void *data)
{
	const struct sweep *w = data;
	struct found f = {};
	char path[PATH_MAX];
	int ret;

	(void)dir;
	if (sscanf(name, "%31[^@]@%31s", f.service, f.instance) != 2 ||
	    instance_of(w, &f))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", w->config->cgroup, name);
	ret = nfhad_group_remove(path);
	if (ret)
		nfhad_log(LOG_ERR, NULL, NULL,
			  "control group %s of what is gone cannot be removed: %s",
			  path, strerror(-ret));
	return 0;
}

static void groups_sweep(struct sweep *w)
{
	int dir = nfhad_group_open(w->config->cgroup);

	if (dir < 0)
		return;
	nfhad_tree_each(dir, on_group, w);
	close(dir);
}

static int work(void *data)
{
	struct sweep w = { .config = ((struct nfhad *)data)->config };
	int ret, here;

	nfhad_job_background();
	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (here < 0)
		return -errno;
	w.here = here;
	w.found = calloc(FOUND_MAX, sizeof(*w.found));
	ret = w.found ? nfhad_links_open(w.here, w.here, &w.host) : -ENOMEM;
	if (!ret) {
		if (nfha_open(&w.module, NULL))
			w.module = NULL;
		groups_sweep(&w);
		namespaces_sweep(&w);
		nfha_close(w.module);
		nfhad_links_close(w.host);
	}
	free(w.found);
	close(here);
	return ret;
}

static void done(void *data, int error)
{
	struct nfhad *d = data;
	size_t n;

	d->sweep = NULL;
	for (n = 0; n < d->services; n++)
		nfhad_ranges_inherit(d->service[n]);
	if (error)
		nfhad_log(LOG_ERR, NULL, NULL,
			  "what was made for instances that are gone stays: %s",
			  strerror(-error));
}

void nfhad_sweep_begin(struct nfhad *d)
{
	int ret;

	/* One of an earlier configuration does not know what this one makes. */
	nfhad_sweep_stop(d);
	ret = nfhad_job_start(d->event, work, LIMIT_US, done, d, &d->sweep);
	if (ret)
		done(d, ret);
}

void nfhad_sweep_stop(struct nfhad *d)
{
	nfhad_job_cancel(d->sweep);
	d->sweep = NULL;
}
