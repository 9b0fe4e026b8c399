// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples of metrics, in Prometheus' text format. */

#include <string.h>

#include "../names.h"
#include "decision.h"
#include "nfhad.h"
#include "series.h"
#include "scale.h"
#include "service.h"
#include "state.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* What the names of counters begin with whose packets were lost. */
#define DROP "drop-"

/* Those of a service that count flows, not packets. */
#define FLOW_STATS (NFHA_BIT(NFHA_A_SERVICE_STATS_NEW) |		\
		    NFHA_BIT(NFHA_A_SERVICE_STATS_EVICTED) |		\
		    NFHA_BIT(NFHA_A_SERVICE_STATS_EXPIRED) |		\
		    NFHA_BIT(NFHA_A_SERVICE_STATS_RESTARTED) |		\
		    NFHA_BIT(NFHA_A_SERVICE_STATS_LEARNED))

/**
 * struct at - where a walk is
 * @text: where to
 * @metric: which
 * @service: of it
 * @instance: of it, if the walk is of instances
 */
struct at {
	struct nfhad_text *text;
	const struct nfhad_metric *metric;
	const struct nfhad_census_service *service;
	const struct nfhad_census_instance *instance;
};

typedef void (*at_fn)(const struct at *at);

static void add_escaped(struct nfhad_text *text, const char *value)
{
	size_t n;

	for (;;) {
		n = strcspn(value, "\\\"\n");
		nfhad_text_add(text, value, n);
		value += n;
		if (!*value)
			return;
		nfhad_text_add(text, *value == '\n' ? "\\n" :
				     *value == '"' ? "\\\"" : "\\\\", 2);
		value++;
	}
}

static void add_label(struct nfhad_text *text, const char *before,
		      const char *name, const char *value)
{
	nfhad_text_add_string(text, before);
	nfhad_text_add_string(text, name);
	nfhad_text_add(text, "=\"", 2);
	add_escaped(text, value);
	nfhad_text_add(text, "\"", 1);
}

static void add_value(struct nfhad_text *text,
		      const struct nfhad_metric *metric, uint64_t value)
{
	nfhad_text_add(text, " ", 1);
	nfhad_text_add_fraction(text, value, metric->parts ?: 1);
	nfhad_text_add(text, "\n", 1);
}

/* The only label of a sample of the daemon's. */
static void add_labelled(struct nfhad_text *text,
			 const struct nfhad_metric *metric, const char *name,
			 const char *label, uint64_t value)
{
	nfhad_text_add_string(text, metric->name);
	add_label(text, "{", name, label);
	nfhad_text_add(text, "}", 1);
	add_value(text, metric, value);
}

static void begin(const struct at *at)
{
	nfhad_text_add_string(at->text, at->metric->name);
	add_label(at->text, "{", "service", at->service->own->config->name);
	if (at->instance)
		add_label(at->text, ",", "instance", at->instance->name);
}

static void end(const struct at *at, uint64_t value)
{
	nfhad_text_add(at->text, "}", 1);
	add_value(at->text, at->metric, value);
}

static void add(const struct at *at, uint64_t value)
{
	begin(at);
	end(at, value);
}

/* With one more label. */
static void add_with(const struct at *at, const char *label, const char *is,
		     uint64_t value)
{
	begin(at);
	add_label(at->text, ",", label, is);
	end(at, value);
}

static uint64_t value_in(const void *object, const struct nfhad_metric *metric)
{
	const char *at = (const char *)object + metric->offset;
	uint64_t number;
	uint32_t word;

	switch (metric->size) {
	case sizeof(number):
		memcpy(&number, at, sizeof(number));
		return number;
	case sizeof(word):
		memcpy(&word, at, sizeof(word));
		return word;
	default:
		return *(const uint8_t *)at;
	}
}

static void each_service(const struct nfhad_series *from,
			 const struct nfhad_metric *metric, at_fn fn)
{
	struct at at = { .text = from->text, .metric = metric };
	size_t n;

	for (n = 0; n < from->census->services; n++) {
		at.service = &from->census->service[n];
		fn(&at);
	}
}

static void each_instance(const struct nfhad_series *from,
			  const struct nfhad_metric *metric, at_fn fn)
{
	struct at at = { .text = from->text, .metric = metric };
	size_t n, k;

	for (n = 0; n < from->census->services; n++) {
		at.service = &from->census->service[n];
		for (k = 0; k < at.service->instances; k++) {
			at.instance = &at.service->instance[k];
			fn(&at);
		}
	}
}

void nfhad_series_build(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	add_labelled(from->text, metric, "version", NFHA_VERSION, 1);
}

void nfhad_series_self(const struct nfhad_series *from,
		       const struct nfhad_metric *metric)
{
	nfhad_text_add_string(from->text, metric->name);
	add_value(from->text, metric, value_in(&from->self, metric));
}

void nfhad_series_decisions(const struct nfhad_series *from,
			    const struct nfhad_metric *metric)
{
	unsigned int action;

	for (action = 0; action < NFHAD_ACTIONS; action++)
		add_labelled(from->text, metric, "action",
			     nfhad_action_name(action),
			     nfhad_decision_count(from->d->decisions, action));
}

static void up(const struct at *at)
{
	add(at, at->service->in_kernel);
}

void nfhad_series_up(const struct nfhad_series *from,
		     const struct nfhad_metric *metric)
{
	each_service(from, metric, up);
}

static void scale(const struct at *at)
{
	enum nfhad_scale_state is = nfhad_scale_state(at->service->own), state;

	for (state = 0; state <= NFHAD_SCALE_DRAINING; state++)
		add_with(at, "state", nfhad_scale_state_name(state),
			 state == is);
}

void nfhad_series_scale(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_service(from, metric, scale);
}

static void service(const struct at *at)
{
	if (at->service->in_kernel)
		add(at, value_in(&at->service->kernel, at->metric));
}

void nfhad_series_service(const struct nfhad_series *from,
			  const struct nfhad_metric *metric)
{
	each_service(from, metric, service);
}

/* Which of three a counter belongs to is in its name, or in FLOW_STATS. */
static void stats(const struct at *at, const char *label, bool lost, bool flows)
{
	unsigned int n;

	for (n = 0; at->service->in_kernel && n <= NFHA_A_SERVICE_STATS_MAX; n++) {
		const char *name = nfha_stat_name(n);
		bool is_lost = name && !strncmp(name, DROP, strlen(DROP));

		if (!name || is_lost != lost ||
		    !!(FLOW_STATS & NFHA_BIT(n)) != flows)
			continue;
		add_with(at, label, name + (lost ? strlen(DROP) : 0),
			 at->service->kernel.stats[n]);
	}
}

static void drops(const struct at *at)
{
	stats(at, "reason", true, false);
}

void nfhad_series_drops(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_service(from, metric, drops);
}

static void kinds(const struct at *at)
{
	stats(at, "kind", false, false);
}

void nfhad_series_kinds(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_service(from, metric, kinds);
}

static void changes(const struct at *at)
{
	stats(at, "change", false, true);
}

void nfhad_series_changes(const struct nfhad_series *from,
			  const struct nfhad_metric *metric)
{
	each_service(from, metric, changes);
}

static void condition(const struct at *at)
{
	size_t n;

	for (n = 0; at->instance->own && n <= NFHAD_INSTANCE_CLEANING; n++)
		add_with(at, "condition", nfhad_state_name(n),
			 at->instance->own->state == n);
}

void nfhad_series_condition(const struct nfhad_series *from,
			    const struct nfhad_metric *metric)
{
	each_instance(from, metric, condition);
}

static void tally(const struct at *at)
{
	if (at->instance->own)
		add(at, value_in(&at->instance->own->tally, at->metric));
}

void nfhad_series_tally(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_instance(from, metric, tally);
}

static void state(const struct at *at)
{
	size_t n;

	for (n = 0; at->instance->in_kernel && n < ARRAY_SIZE(state_names); n++)
		add_with(at, "state", state_names[n],
			 at->instance->kernel.state == n);
}

void nfhad_series_state(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_instance(from, metric, state);
}

static void instance(const struct at *at)
{
	if (at->instance->in_kernel)
		add(at, value_in(&at->instance->kernel, at->metric));
}

void nfhad_series_instance(const struct nfhad_series *from,
			   const struct nfhad_metric *metric)
{
	each_instance(from, metric, instance);
}

static void ports(const struct at *at)
{
	const struct nfha_instance *kernel = &at->instance->kernel;
	unsigned int n;

	for (n = 0; at->instance->in_kernel && n < kernel->ports; n++)
		add_with(at, "side",
			 kernel->port[n].side == NFHA_SIDE_LEFT ? "left" : "right",
			 value_in(&kernel->port[n], at->metric));
}

void nfhad_series_port(const struct nfhad_series *from,
		       const struct nfhad_metric *metric)
{
	each_instance(from, metric, ports);
}

static void flags(const struct at *at)
{
	size_t count = ARRAY_SIZE(recovery_flag_names), n;

	for (n = 0; at->instance->has_epoch && n < count; n++)
		add_with(at, "flag", recovery_flag_names[n],
			 at->instance->epoch.flags >> n & 1);
}

void nfhad_series_flags(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_instance(from, metric, flags);
}

static void epoch(const struct at *at)
{
	if (at->instance->has_epoch)
		add(at, value_in(&at->instance->epoch, at->metric));
}

void nfhad_series_epoch(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_instance(from, metric, epoch);
}

static void queues(const struct at *at)
{
	const struct nfha_epoch *e = &at->instance->epoch;

	if (!at->instance->has_epoch)
		return;
	add_with(at, "queue", "log", value_in(&e->log, at->metric));
	add_with(at, "queue", "hold", value_in(&e->hold, at->metric));
}

void nfhad_series_queue(const struct nfhad_series *from,
			const struct nfhad_metric *metric)
{
	each_instance(from, metric, queues);
}
