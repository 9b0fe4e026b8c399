// SPDX-License-Identifier: GPL-2.0-or-later
/* Is an instance healthy? */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision.h"
#include "health.h"
#include "instance.h"
#include "nfhad.h"
#include "probe.h"
#include "retry.h"
#include "stall.h"

#define US_PER_MS 1000ull
/* The loop's own default of a quarter of a second would be longer than a check. */
#define ACCURACY_US US_PER_MS
/* One waits so long a part of its interval for others, to wake up once for all. */
#define TOGETHER 10
#define WHY_SIZE 512
#define LOOK_MAX_US 1000000ull

/**
 * struct check - one check of an instance
 * @health: all of them
 * @config: what is wanted
 * @interval: begins it
 * @deadline: ends it
 * @probe: runs, or NULL
 * @due: it was to begin while the instance was frozen
 * @disturbed: the instance was frozen while the probe ran
 * @again: the probe is done once more for that
 * @bad: it makes the instance unhealthy
 * @in_a_row: results that speak against @bad
 * @goods: good results in a row, until @proven
 * @proven: there were enough of them once
 * @not_run: its program could not be, so many times in a row
 */
struct check {
	struct nfhad_health *health;
	const struct nfhad_check_config *config;
	sd_event_source *interval;
	sd_event_source *deadline;
	struct nfhad_probe *probe;
	bool due;
	bool disturbed;
	bool again;
	bool bad;
	uint32_t in_a_row;
	uint32_t goods;
	bool proven;
	unsigned int not_run;
};

/**
 * struct nfhad_health - the checks of an instance
 * @instance: the instance
 * @event: the loop
 * @fn: told of changes
 * @traffic: tells its packets
 * @unhealthy: what @fn was told last
 * @awaited: somebody waits until all checks are proven
 * @paused: the instance is frozen
 * @paused_at: since then, in microseconds
 * @look: for stalls, or NULL
 * @stall: what was seen
 * @stalled: and what it means
 * @checks: how many
 * @check: them
 */
struct nfhad_health {
	struct nfhad_instance *instance;
	sd_event *event;
	nfhad_health_fn fn;
	nfhad_traffic_fn traffic;
	bool unhealthy;
	bool awaited;
	bool paused;
	uint64_t paused_at;
	sd_event_source *look;
	struct nfhad_stall stall;
	bool stalled;
	size_t checks;
	struct check check[];
};

static const char *const kinds[] = {
	[NFHAD_CHECK_EXEC] = "exec",
	[NFHAD_CHECK_TCP] = "tcp",
	[NFHAD_CHECK_ICMP] = "icmp",
};

static uint64_t now_of(const struct nfhad_health *health)
{
	uint64_t now = 0;

	sd_event_now(health->event, CLOCK_MONOTONIC, &now);
	return now;
}

static bool is_unhealthy(const struct nfhad_health *health)
{
	size_t i;

	for (i = 0; i < health->checks; i++)
		if (health->check[i].bad)
			return true;
	return health->stalled;
}

bool nfhad_health_is_proven(const struct nfhad_health *health)
{
	size_t i;

	for (i = 0; health && i < health->checks; i++)
		if (!health->check[i].proven)
			return false;
	return !health || !is_unhealthy(health);
}

/* Whoever is told may stop the checks: the last that a caller does. */
static void tell(struct nfhad_health *health, const char *why)
{
	bool unhealthy = is_unhealthy(health);
	bool first = health->awaited && nfhad_health_is_proven(health);

	if (unhealthy == health->unhealthy && !first)
		return;
	health->unhealthy = unhealthy;
	health->awaited &= !first;
	health->fn(health->instance, !unhealthy, why);
}

/* Has it been good often enough, for the first time? */
static bool is_proof(struct check *check, bool good)
{
	if (check->proven)
		return false;
	check->goods = good ? check->goods + 1 : 0;
	check->proven = check->goods >= check->config->successes;
	return check->proven;
}

/* Has it become bad, or good again? */
static bool is_turn(struct check *check, bool good, uint32_t limit)
{
	check->in_a_row = good == check->bad ? check->in_a_row + 1 : 0;
	if (check->in_a_row < limit)
		return false;
	check->in_a_row = 0;
	check->bad = !good;
	return true;
}

static void result(struct check *check, bool good, const char *found)
{
	const struct nfhad_check_config *config = check->config;
	uint32_t limit = good ? config->successes : config->failures;
	const char *subject = config->kind == NFHAD_CHECK_EXEC ?
				      config->command[0] :
				      config->address;
	bool proof = is_proof(check, good), turn = is_turn(check, good, limit);
	char why[WHY_SIZE];

	check->again = false;
	if (!good)
		nfhad_log_instance(LOG_DEBUG, check->health->instance,
				   "%s %s: %s", kinds[config->kind], subject,
				   found);
	if (!proof && !turn)
		return;
	snprintf(why, sizeof(why), "%s %.100s: %.250s, %u in a row",
		 kinds[config->kind], subject, good ? "good" : found, limit);
	tell(check->health, why);
}

/* A check that is not there is the operator's error, and nothing about the instance. */
static void say_not_run(struct check *check, const char *found)
{
	const struct nfhad_instance *instance = check->health->instance;

	if (!nfhad_retry_is_said(++check->not_run))
		return;
	nfhad_decision_log_instance(instance, NFHAD_ACTION_REFUSE, LOG_ERR,
				    "check cannot be run, %u times in a row: %s",
				    check->not_run, found);
}

static void check_begin(struct check *check);

/* The last that a caller does, like result(). */
static void on_probe(void *data, enum nfhad_probe_result found, const char *why)
{
	struct check *check = data;
	bool good = found == NFHAD_PROBE_GOOD;
	bool once_more = !good && check->disturbed && !check->again;

	check->probe = NULL;
	sd_event_source_set_enabled(check->deadline, SD_EVENT_OFF);
	if (found == NFHAD_PROBE_NOT_RUN) {
		say_not_run(check, why);
		return;
	}
	check->not_run = 0;
	if (!once_more) {
		result(check, good, why);
		return;
	}
	check->again = true;
	if (check->health->paused)
		check->due = true;
	else
		check_begin(check);
}

/* It may be over at once: the last that a caller does, too. */
static void check_begin(struct check *check)
{
	const struct nfhad_instance *instance = check->health->instance;
	const struct nfhad_probe_target target = {
		.check = check->config,
		.netns = instance->config->netns,
		.service = instance->service->config->name,
		.instance = instance->config->name,
	};
	char why[NFHAD_PROBE_WHY_MAX];
	int ret;

	check->due = false;
	check->disturbed = false;
	ret = nfhad_probe_start(check->health->event, &target, on_probe, check,
				why, &check->probe);
	if (ret < 0) {
		nfhad_log_instance(LOG_WARNING, instance, "check not done: %s",
				   strerror(-ret));
		return;
	}
	if (!check->probe) {
		result(check, !*why, why);
		return;
	}
	sd_event_source_set_time_relative(check->deadline,
					  check->config->timeout_ms * US_PER_MS);
	sd_event_source_set_enabled(check->deadline, SD_EVENT_ONESHOT);
}

static int on_interval(sd_event_source *source, uint64_t usec, void *data)
{
	struct check *check = data;
	uint64_t next = usec + check->config->interval_ms * US_PER_MS;
	uint64_t now = now_of(check->health);

	/* What was missed while the loop was busy is not made up for. */
	sd_event_source_set_time(source, next > now ? next : now);
	if (check->probe)
		return 0;
	if (check->health->paused)
		check->due = true;
	else
		check_begin(check);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	struct check *check = data;
	char found[64];

	(void)source;
	(void)usec;
	nfhad_probe_cancel(check->probe);
	check->probe = NULL;
	snprintf(found, sizeof(found), "took longer than %u ms",
		 check->config->timeout_ms);
	result(check, false, found);
	return 0;
}

static int on_look(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_health *health = data;
	const struct nfhad_instance *instance = health->instance;
	const struct nfhad_service_config *service = instance->service->config;
	uint64_t to, from, limit = service->stall_ms * US_PER_MS;
	char why[WHY_SIZE];

	(void)usec;
	sd_event_source_set_time_relative(source, limit / 4 < LOOK_MAX_US ?
						  limit / 4 : LOOK_MAX_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	if (health->paused ||
	    health->traffic(instance->service->nfhad->kernel, service->name,
			    instance->config->name, &to, &from))
		return 0;
	health->stalled = nfhad_stall_look(&health->stall, to, from,
					   now_of(health), limit);
	snprintf(why, sizeof(why),
		 health->stalled ?
			 "stall: input and no output for %u ms (%" PRIu64
			 " packets in, %" PRIu64 " out)" :
			 "stall: over (limit %u ms, %" PRIu64
			 " packets in, %" PRIu64 " out)",
		 service->stall_ms, to, from);
	tell(health, why);
	return 0;
}

static int timer_add(struct nfhad_health *health, sd_event_source **source,
		     uint64_t us, uint64_t accuracy_us,
		     sd_event_time_handler_t fn, void *data)
{
	return sd_event_add_time_relative(health->event, source, CLOCK_MONOTONIC,
					  us, accuracy_us, fn, data);
}

static int check_add(struct nfhad_health *health, struct check *check,
		     const struct nfhad_check_config *config)
{
	uint64_t interval_us = config->interval_ms * US_PER_MS;
	int ret;

	check->health = health;
	check->config = config;
	health->checks++;
	ret = timer_add(health, &check->interval, interval_us,
			interval_us / TOGETHER, on_interval, check);
	/* Cheaper than to be switched off and on again each time. */
	if (ret >= 0)
		ret = sd_event_source_set_enabled(check->interval, SD_EVENT_ON);
	if (ret < 0)
		return ret;
	ret = timer_add(health, &check->deadline, 0, ACCURACY_US, on_deadline,
			check);
	if (ret < 0)
		return ret;
	return sd_event_source_set_enabled(check->deadline, SD_EVENT_OFF);
}

static int checks_add(struct nfhad_health *health,
		      const struct nfhad_service_config *service)
{
	size_t i;
	int ret;

	for (i = 0; i < service->checks; i++) {
		ret = check_add(health, &health->check[i], &service->check[i]);
		if (ret < 0)
			return ret;
	}
	if (!service->stall_ms || !health->traffic)
		return 0;
	ret = timer_add(health, &health->look, 0, ACCURACY_US, on_look, health);
	return ret < 0 ? ret : 0;
}

int nfhad_health_start(struct nfhad_instance *instance, nfhad_traffic_fn traffic,
		       nfhad_health_fn fn, struct nfhad_health **out)
{
	const struct nfhad_service_config *service = instance->service->config;
	struct nfhad_health *health;
	int ret;

	*out = NULL;
	if (!service->checks && (!service->stall_ms || !traffic))
		return 0;
	health = calloc(1, sizeof(*health) +
				   service->checks * sizeof(*health->check));
	if (!health)
		return -ENOMEM;
	health->instance = instance;
	health->event = instance->service->nfhad->event;
	health->fn = fn;
	health->traffic = traffic;
	ret = checks_add(health, service);
	if (ret) {
		nfhad_health_stop(health);
		return ret;
	}
	*out = health;
	return 0;
}

bool nfhad_health_await(struct nfhad_health *health)
{
	if (nfhad_health_is_proven(health))
		return true;
	health->awaited = true;
	return false;
}

void nfhad_health_pause(struct nfhad_health *health)
{
	size_t i;

	if (!health || health->paused)
		return;
	health->paused = true;
	health->paused_at = now_of(health);
	for (i = 0; i < health->checks; i++) {
		if (!health->check[i].probe)
			continue;
		health->check[i].disturbed = true;
		sd_event_source_set_enabled(health->check[i].deadline,
					    SD_EVENT_OFF);
	}
}

static void check_resume(struct check *check, uint64_t frozen_us)
{
	uint64_t deadline;

	if (check->probe) {
		sd_event_source_get_time(check->deadline, &deadline);
		sd_event_source_set_time(check->deadline, deadline + frozen_us);
		sd_event_source_set_enabled(check->deadline, SD_EVENT_ONESHOT);
	} else if (check->due) {
		/* By the loop, for there are more of them here. */
		sd_event_source_set_time_relative(check->interval, 0);
	}
}

void nfhad_health_resume(struct nfhad_health *health)
{
	uint64_t frozen_us;
	size_t i;

	if (!health || !health->paused)
		return;
	health->paused = false;
	frozen_us = now_of(health) - health->paused_at;
	nfhad_stall_shift(&health->stall, frozen_us);
	for (i = 0; i < health->checks; i++)
		check_resume(&health->check[i], frozen_us);
}

void nfhad_health_stop(struct nfhad_health *health)
{
	size_t i;

	if (!health)
		return;
	for (i = 0; i < health->checks; i++) {
		nfhad_probe_cancel(health->check[i].probe);
		sd_event_source_disable_unref(health->check[i].interval);
		sd_event_source_disable_unref(health->check[i].deadline);
	}
	sd_event_source_disable_unref(health->look);
	free(health);
}
