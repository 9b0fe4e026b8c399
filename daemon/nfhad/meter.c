// SPDX-License-Identifier: GPL-2.0-or-later
/* What instances have to do, and what follows from it (ETSI GS NFV-REL 002, 6.2 step 1). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "beyond.h"
#include "cgroup.h"
#include "decision.h"
#include "kernel.h"
#include "meter.h"
#include "nfhad.h"
#include "overload.h"
#include "process.h"
#include "sample.h"
#include "scale.h"
#include "service.h"
#include "traffic.h"
#include "usage.h"

/* The loop's own would be longer than a short interval. */
#define ACCURACY_US 1000

/**
 * struct metered - an instance
 * @usage: of its processes, or NULL
 * @pid: of the first of them, 0: none
 * @before: the last reading, all zero without one
 * @sample: what it has to do
 * @known: there is @sample
 * @overload: what the detector remembers
 */
struct metered {
	struct nfhad_usage *usage;
	pid_t pid;
	struct nfhad_reading before;
	struct nfhad_sample sample;
	bool known;
	struct nfhad_overload overload;
};

/**
 * struct nfhad_meter - of a service
 * @others: of the daemon
 * @service: the service
 * @traffic: what the module counts
 * @groups: directory of the control groups, or -1
 * @due: the next look, in microseconds
 * @is_due: it is now
 * @wanted: set of enum nfhad_measure
 * @blind: the module could not be read at the last look
 * @instance: as in the service
 */
struct nfhad_meter {
	LIST_ENTRY(nfhad_meter) others;
	struct nfhad_service *service;
	struct nfhad_traffic *traffic;
	int groups;
	uint64_t due;
	bool is_due;
	uint32_t wanted;
	bool blind;
	struct metered *instance;
};

/**
 * struct nfhad_meters - of all services; those of one interval look at the same time, so
 *	that they share a wake-up and a dump
 * @timer: until the next look of any
 * @all: them
 * @count: how many
 * @is_apart: most of what the module has is of no interest here
 */
struct nfhad_meters {
	sd_event_source *timer;
	LIST_HEAD(, nfhad_meter) all;
	size_t count;
	bool is_apart;
};

static const struct nfhad_detector_config *
detector_of(const struct nfhad_meter *meter)
{
	return &meter->service->config->scale.detector;
}

static void forget(struct metered *m)
{
	nfhad_usage_close(m->usage);
	memset(m, 0, sizeof(*m));
}

/* It may have been started anew, by itself or from a checkpoint. */
static void follow(const struct nfhad_meter *meter, struct metered *m,
		   const struct nfhad_instance *i)
{
	pid_t pid = i->process ? nfhad_process_pid(i->process) : 0;

	if (pid == m->pid)
		return;
	if (m->known)
		forget(m);
	m->pid = pid;
	if (pid && nfhad_usage_open(meter->groups, pid,
				    nfhad_process_start(i->process), &m->usage))
		nfhad_log_instance(LOG_ERR, i, "no memory to see what it uses");
}

static bool read_all(struct nfhad_meter *meter, uint64_t now)
{
	struct nfhad_service *s = meter->service;
	int ret = nfhad_traffic_read(meter->traffic,
				     nfhad_kernel_commands(s->nfhad->kernel),
				     meter->wanted, now);

	if (ret && !meter->blind)
		nfhad_log_service(LOG_ERR, s, "its load cannot be read: %s",
				  strerror(-ret));
	meter->blind = ret;
	return !ret;
}

static void measure(struct nfhad_meter *meter, struct metered *m,
		    const struct nfhad_instance *i, uint64_t now)
{
	const struct nfhad_traffic_instance *traffic;
	struct nfhad_reading reading = {};

	traffic = nfhad_traffic_find(meter->traffic, i->config->name);
	if (traffic)
		reading = traffic->reading;
	nfhad_beyond_add(i, &reading);
	follow(meter, m, i);
	if (m->usage)
		nfhad_usage_read(m->usage, meter->wanted, now, &reading);
	nfhad_sample_make(&m->before, &reading, &m->sample);
	m->before = reading;
	m->known = true;
}

static struct metered *metered_of(const struct nfhad_instance *i)
{
	return &i->service->meter->instance[i - i->service->instance];
}

/* Flows that stay where they are after a split end by themselves. What would be too much
 * without them, too, or what somebody else says, calls for another one.
 */
static bool is_for_long(const struct nfhad_instance *i)
{
	const struct nfhad_meter *meter = i->service->meter;
	const struct nfhad_traffic_instance *traffic;
	const struct metered *m = metered_of(i);
	struct nfhad_sample left;

	traffic = nfhad_traffic_find(meter->traffic, i->config->name);
	if (!traffic || m->overload.is_noticed)
		return true;
	/* With those that go past this host. */
	nfhad_sample_share(&m->sample, m->before.flows, traffic->exceptions,
			   &left);
	return nfhad_overload_is_reached(&detector_of(meter)->overload, &left);
}

static bool has_range(const struct nfhad_instance *i)
{
	const struct nfhad_traffic_instance *traffic;

	traffic = nfhad_traffic_find(i->service->meter->traffic, i->config->name);
	return traffic && traffic->width;
}

static void relieve(struct nfhad_instance *i, const char *cause)
{
	struct nfhad_refusal refusal;

	nfhad_decision_instance(i, NFHAD_ACTION_OVERLOAD, "%s", cause);
	nfhad_log_instance(LOG_WARNING, i, "is overloaded: %s", cause);
	if (nfhad_scale_out(i->service, i, cause, &refusal))
		nfhad_decision_instance(i, NFHAD_ACTION_REFUSE, "overloaded, but %s",
					refusal.text);
}

/* Would whoever gets its ranges be overloaded soon? */
static bool is_too_much(const struct nfhad_instance *i)
{
	const struct nfhad_meter *meter = i->service->meter;
	const struct nfhad_instance *heir = nfhad_scale_heir(i);
	struct nfhad_sample sum;

	if (!heir)
		return false;
	if (!metered_of(heir)->known)
		return true;
	nfhad_sample_add(&metered_of(i)->sample, &metered_of(heir)->sample,
			 &sum);
	return nfhad_overload_is_reached(&detector_of(meter)->overload, &sum);
}

/* That there is none but one, or that there are as few as may be, is no news. */
static void withdraw(struct nfhad_instance *i, const char *cause)
{
	struct nfhad_refusal refusal;
	int ret;

	ret = nfhad_scale_in(i->service, i, 0, cause, &refusal);
	if (ret && ret != -ERANGE && ret != -EBUSY && ret != -EOPNOTSUPP)
		nfhad_decision_instance(i, NFHAD_ACTION_REFUSE,
					"little to do, but %s", refusal.text);
}

static void remember(struct nfhad_instance **whom, char *cause,
		     struct nfhad_instance *i, const char *its_cause)
{
	*whom = i;
	snprintf(cause, NFHAD_OVERLOAD_CAUSE_SIZE, "%s", its_cause);
}

/* One step at a time, and more for those who need it before less for the others. */
static void decide(struct nfhad_meter *meter, uint64_t now)
{
	char over[NFHAD_OVERLOAD_CAUSE_SIZE], under[NFHAD_OVERLOAD_CAUSE_SIZE];
	struct nfhad_instance *too_much = NULL, *too_little = NULL;
	char cause[NFHAD_OVERLOAD_CAUSE_SIZE];
	bool quiet = nfhad_scale_is_quiet(meter->service);
	size_t n;

	for (n = 0; n < meter->service->instances; n++) {
		struct nfhad_instance *i = &meter->service->instance[n];
		struct metered *m = &meter->instance[n];
		enum nfhad_verdict verdict;

		if (!m->known)
			continue;
		verdict = nfhad_overload_look(detector_of(meter), &m->overload,
					      &m->sample, now, cause);
		/* What nobody acts upon begins no hold-down. */
		if (quiet)
			m->overload.held_until = 0;
		else if (verdict == NFHAD_OVERLOADED && !too_much &&
			 has_range(i) && is_for_long(i))
			remember(&too_much, over, i, cause);
		else if (verdict == NFHAD_UNDERLOADED && !too_little &&
			 has_range(i) && !is_too_much(i))
			remember(&too_little, under, i, cause);
	}
	if (too_much)
		relieve(too_much, over);
	else if (too_little)
		withdraw(too_little, under);
}

static void look(struct nfhad_meter *meter, uint64_t now)
{
	struct nfhad_service *s = meter->service;
	size_t n;

	if (!read_all(meter, now))
		return;
	for (n = 0; n < s->instances; n++) {
		struct metered *m = &meter->instance[n];

		if (nfhad_instance_works(&s->instance[n]))
			measure(meter, m, &s->instance[n], now);
		else if (m->known)
			forget(m);
	}
	decide(meter, now);
}

/* The next multiple of its interval. */
static uint64_t next_look(const struct nfhad_meter *meter, uint64_t now)
{
	uint64_t interval = detector_of(meter)->interval_ms * 1000ULL;

	return (now / interval + 1) * interval;
}

/* A service that is alone is read by itself. If the others have more instances than those
 * that are due, so are all, until meters come or go.
 */
static void gather(const struct nfhad *d, uint64_t now)
{
	struct nfhad_meters *meters = d->meters;
	struct nfhad_traffic **list;
	size_t n = 0, instances = 0, others;
	struct nfhad_meter *meter;

	list = meters->is_apart ? NULL : calloc(meters->count, sizeof(struct nfhad_traffic *));
	if (!list)
		return;
	LIST_FOREACH(meter, &meters->all, others) {
		if (!meter->is_due)
			continue;
		list[n++] = meter->traffic;
		instances += meter->service->instances;
	}
	if (n > 1 && !nfhad_traffic_gather(list, n, nfhad_kernel_commands(d->kernel),
					   now, &others))
		meters->is_apart = others > instances;
	free(list);
}

static void timer_set(const struct nfhad_meters *meters)
{
	struct nfhad_meter *meter;
	uint64_t first = UINT64_MAX;

	LIST_FOREACH(meter, &meters->all, others)
		if (meter->due < first)
			first = meter->due;
	sd_event_source_set_time(meters->timer, first);
	sd_event_source_set_enabled(meters->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	const struct nfhad *d = data;
	struct nfhad_meter *meter;
	uint64_t now = usec;

	sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now);
	LIST_FOREACH(meter, &d->meters->all, others) {
		meter->is_due = meter->due <= now && meter->service->started;
		if (meter->due <= now)
			meter->due = next_look(meter, now);
	}
	timer_set(d->meters);
	gather(d, now);
	LIST_FOREACH(meter, &d->meters->all, others)
		if (meter->is_due)
			look(meter, now);
	return 0;
}

static int meters_new(struct nfhad *d)
{
	struct nfhad_meters *meters = calloc(1, sizeof(*meters));
	int ret;

	if (!meters)
		return -ENOMEM;
	LIST_INIT(&meters->all);
	ret = sd_event_add_time(d->event, &meters->timer, CLOCK_MONOTONIC, 0,
				ACCURACY_US, on_timer, d);
	if (ret < 0) {
		free(meters);
		return ret;
	}
	d->meters = meters;
	return 0;
}

/* It looks at once. */
static int join(struct nfhad_meter *meter)
{
	struct nfhad *d = meter->service->nfhad;
	int ret = d->meters ? 0 : meters_new(d);

	if (ret)
		return ret;
	LIST_INSERT_HEAD(&d->meters->all, meter, others);
	d->meters->count++;
	d->meters->is_apart = false;
	timer_set(d->meters);
	return 0;
}

static void part(struct nfhad_meter *meter)
{
	struct nfhad *d = meter->service->nfhad;

	LIST_REMOVE(meter, others);
	d->meters->is_apart = false;
	if (--d->meters->count)
		return;
	sd_event_source_disable_unref(d->meters->timer);
	free(d->meters);
	d->meters = NULL;
}

int nfhad_meter_new(struct nfhad_service *s)
{
	struct nfhad_meter *meter;
	int ret;

	if (!s->config->scale.detector.interval_ms)
		return 0;
	meter = calloc(1, sizeof(*meter));
	if (!meter)
		return -ENOMEM;
	meter->service = s;
	ret = join(meter);
	if (ret < 0) {
		free(meter);
		return ret;
	}
	s->meter = meter;
	meter->groups = nfhad_cgroup_root();
	meter->wanted = nfhad_overload_wanted(&s->config->scale.detector);
	meter->instance = calloc(s->instances, sizeof(*meter->instance));
	ret = meter->instance ? nfhad_traffic_open(s->config->name,
						   &meter->traffic) : -ENOMEM;
	if (ret)
		nfhad_meter_free(s);
	return ret;
}

void nfhad_meter_free(struct nfhad_service *s)
{
	struct nfhad_meter *meter = s->meter;
	size_t n;

	if (!meter)
		return;
	s->meter = NULL;
	part(meter);
	for (n = 0; meter->instance && n < s->instances; n++)
		forget(&meter->instance[n]);
	free(meter->instance);
	nfhad_traffic_close(meter->traffic);
	if (meter->groups >= 0)
		close(meter->groups);
	free(meter);
}

void nfhad_meter_notice(struct nfhad_service *s, const struct nfha_event *event)
{
	struct nfhad_meter *meter = s->meter;
	bool overloaded = event->overload_level == NFHA_OVERLOAD_LEVEL_OVERLOADED;
	struct nfhad_instance *i = nfhad_service_instance(s, event->instance);
	uint64_t now = 0;

	if (!meter || !i)
		return;
	sd_event_now(s->nfhad->event, CLOCK_MONOTONIC, &now);
	nfhad_log_instance(LOG_INFO, i, "somebody says that it is %soverloaded%s%s",
			   overloaded ? "" : "not ",
			   *event->overload_reason ? ": " : "",
			   event->overload_reason);
	nfhad_overload_notify(detector_of(meter),
			      &metered_of(i)->overload,
			      overloaded, now);
}
