// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges go to another instance, and the state of their flows with them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "driver.h"
#include "kernel.h"
#include "move.h"
#include "nfhad.h"
#include "portion.h"
#include "ranges.h"
#include "recovery.h"
#include "retry.h"

/* How often an instance that leaves is looked at until nothing of it waits any more. */
#define LOOKS 20

/**
 * enum step - where a move is
 * @COPY: @to gets the state of the flows, while @from works on
 * @QUIET: @from makes a checkpoint, so that its log is short, and no other one after that
 * @DRAIN: input of @from waits; it works off what it has
 * @REST: @to gets what has changed since
 * @SEAL: @to makes a checkpoint: from now on it could fail
 * @SETTLE: ranges and flows are of @to, and what belongs to them follows
 * @OPEN: the plug is open. @to makes no checkpoint, so that what @from has sent leaves first
 * @DROP: @from forgets the state
 */
enum step {
	COPY,
	QUIET,
	DRAIN,
	REST,
	SEAL,
	SETTLE,
	OPEN,
	DROP,
};

/**
 * struct nfhad_move - of a service
 * @carry: for the driver
 * @from: whose ranges go
 * @to: who gets them
 * @leaves: all of them
 * @step: where it is
 * @plan: of a split with state
 * @portion: which flows move; NULL: state does not
 * @carries: the driver knows of @carry
 * @plugged: input of @from waits for the end of this
 * @gone: ranges and flows are of @to: there is no way back, and no need for one
 * @ask: a checkpoint that is waited for, or NULL
 * @asked: it has come
 * @error: to that
 * @timer: ends DRAIN, or the wait for a step that takes too long
 * @looks: at @from, in OPEN
 * @changed: what came of the split
 * @done: told
 * @data: for @done
 */
struct nfhad_move {
	struct nfhad_carry carry;
	struct nfhad_instance *from;
	struct nfhad_instance *to;
	bool leaves;
	enum step step;
	struct nfhad_plan plan;
	struct nfhad_portion *portion;
	bool carries;
	bool plugged;
	bool gone;
	struct nfhad_checkpoint_ask *ask;
	bool asked;
	int error;
	sd_event_source *timer;
	unsigned int looks;
	struct nfha_changed changed;
	nfhad_move_fn done;
	void *data;
};

static void take_step(struct nfhad_move *m, enum step step);

static bool has_failed(const struct nfhad_instance *i)
{
	return i->state == NFHAD_INSTANCE_FAILED;
}

/* What is in the way of others is undone; of one that has failed the plug is the fence's. */
static void let_go(struct nfhad_move *m)
{
	m->timer = sd_event_source_disable_unref(m->timer);
	if (m->ask)
		nfhad_checkpoint_unask(m->ask);
	m->ask = NULL;
	if (m->plugged && !has_failed(m->from))
		nfhad_kernel_abort(m->from, 0);
	m->plugged = false;
	nfhad_checkpoint_hold(m->from, false);
	nfhad_checkpoint_hold(m->to, false);
	if (m->carries)
		m->from->service->driver->carry_end(&m->carry);
	m->from->service->move = NULL;
}

static void move_free(struct nfhad_move *m)
{
	free(m->portion);
	free(m);
}

static void finish(struct nfhad_move *m, int error)
{
	let_go(m);
	if (error)
		nfhad_log_instance(LOG_ERR, m->from, "nothing goes to %s: %s",
				   m->to->config->name, strerror(-error));
	else if (m->portion)
		nfhad_log_instance(LOG_NOTICE, m->from, "%s has its flows, with their state",
				   m->to->config->name);
	m->done(m->data, error, &m->changed);
	move_free(m);
}

static void fail(struct nfhad_move *m, int error)
{
	finish(m, m->gone ? 0 : error);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_move *m = data;

	(void)source;
	(void)usec;
	if (m->asked && m->error)
		fail(m, m->error);
	else if (m->asked || m->step == DRAIN)
		take_step(m, m->step + 1);
	else
		fail(m, -ETIMEDOUT);
	return 0;
}

/* What follows may end the checkpoints of whoever calls here, so it comes from the loop. */
static void on_checkpoint(void *data, int error, uint64_t epoch)
{
	struct nfhad_move *m = data;

	(void)epoch;
	m->ask = NULL;
	m->asked = true;
	m->error = error;
	if (m->step == QUIET)
		nfhad_checkpoint_hold(m->from, true);
	sd_event_source_set_time(m->timer, 0);
}

static int ask(struct nfhad_move *m, struct nfhad_instance *instance)
{
	if (!instance->checkpoint)
		return -EOPNOTSUPP;
	m->ask = nfhad_checkpoint_ask(instance, on_checkpoint, m);
	return m->ask ? 0 : -ENOMEM;
}

static void on_carried(struct nfhad_carry *carry, int error)
{
	struct nfhad_move *m = (struct nfhad_move *)carry;

	if (error)
		fail(m, error);
	else if (m->step == DROP)
		finish(m, 0);
	else
		take_step(m, m->step + 1);
}

static int plug(struct nfhad_move *m)
{
	int ret = nfhad_kernel_begin(m->from);

	m->plugged = !ret;
	return ret;
}

static int change_ranges(struct nfhad_move *m)
{
	int ret;

	if (!m->portion)
		return nfhad_ranges_split(m->from, m->to, &m->changed);
	/* If the dead man has opened it, flows have gone on where they were. */
	ret = nfhad_recovery_plug(m->from);
	if (ret)
		return ret;
	if (m->leaves)
		return nfhad_ranges_merge(m->from, m->to, NFHA_POLICY_ALWAYS, 0);
	return nfhad_ranges_carry(m->from, m->to, &m->plan, &m->changed);
}

static int settle(struct nfhad_move *m)
{
	int ret = change_ranges(m);

	if (ret)
		return ret;
	m->gone = true;
	if (!m->portion) {
		finish(m, 0);
		return 0;
	}
	/* Of one that leaves the module gives all to the other one. */
	if (!m->leaves)
		return m->from->service->driver->follow(&m->carry);
	take_step(m, OPEN);
	return 0;
}

static int open_plug(struct nfhad_move *m)
{
	nfhad_checkpoint_hold(m->to, true);
	nfhad_kernel_abort(m->from, 0);
	m->plugged = false;
	nfhad_checkpoint_hold(m->from, false);
	return ask(m, m->from);
}

/* What waits of it, or is on its way, would be lost when it is removed. */
static bool is_busy(const struct nfhad_move *m)
{
	struct nfha_epoch epoch;

	return !nfhad_kernel_epoch(m->from, &epoch) &&
	       (epoch.waiting || epoch.hold.packets ||
		(epoch.flags & (NFHA_RECOVERY_FLAGS_REPLAYING |
				NFHA_RECOVERY_FLAGS_RELEASING)));
}

static int drop(struct nfhad_move *m)
{
	nfhad_checkpoint_hold(m->to, false);
	if (!m->leaves)
		return m->from->service->driver->drop(&m->carry);
	if (is_busy(m) && ++m->looks < LOOKS) {
		m->step = OPEN;
		return ask(m, m->from);
	}
	finish(m, 0);
	return 0;
}

static int act(struct nfhad_move *m)
{
	switch (m->step) {
	case COPY:
		m->carries = true;
		return m->from->service->driver->carry(&m->carry);
	case QUIET:
		return ask(m, m->from);
	case DRAIN:
		return plug(m);
	case REST:
		return m->from->service->driver->carry(&m->carry);
	case SEAL:
		return ask(m, m->to);
	case SETTLE:
		return settle(m);
	case OPEN:
		return open_plug(m);
	case DROP:
		return drop(m);
	}
	return -EINVAL;
}

static int timer_set(struct nfhad_move *m)
{
	const struct nfhad_service_config *config = m->from->service->config;

	m->timer = sd_event_source_disable_unref(m->timer);
	return nfhad_retry_later(m->from->service->nfhad->event, &m->timer,
				 m->step == DRAIN ? config->drain_us :
						    config->timeout_ms * 1000ULL,
				 on_timer, m);
}

/* After this, @m may be gone. */
static void take_step(struct nfhad_move *m, enum step step)
{
	int ret;

	m->step = step;
	m->asked = false;
	ret = timer_set(m);
	ret = ret ?: act(m);
	if (ret)
		fail(m, ret);
}

static struct nfhad_move *move_new(struct nfhad_instance *from,
				   struct nfhad_instance *to,
				   nfhad_move_fn done, void *data)
{
	struct nfhad_move *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->from = from;
	m->to = to;
	m->done = done;
	m->data = data;
	m->carry = (struct nfhad_carry){
		.from = from,
		.to = to,
		.done = on_carried,
	};
	return m;
}

/* Which flows, by where they are now. */
static int portion_new(struct nfhad_move *m)
{
	struct nfhad_service *s = m->from->service;
	struct nfha_map *map;
	unsigned int i;
	int ret;

	m->portion = calloc(1, sizeof(*m->portion));
	if (!m->portion)
		return -ENOMEM;
	m->carry.portion = m->portion;
	ret = nfhad_kernel_service(s, &m->portion->service);
	if (ret)
		return ret;
	if (!m->leaves) {
		ret = nfhad_ranges_plan(m->from, &m->plan);
		if (!ret)
			nfhad_portion_add(m->portion, m->plan.at, m->plan.last);
		return ret;
	}
	m->portion->all = true;
	ret = nfhad_kernel_map(s, &map);
	if (ret)
		return ret;
	for (i = 0; i < map->ranges; i++)
		if (!strcmp(map->range[i].instance, m->from->config->name))
			nfhad_portion_add(m->portion, map->range[i].first,
					  map->range[i].last);
	nfha_map_free(map);
	return 0;
}

/* The first step may end it at once, with done called; so it is from the loop. */
static int on_begin(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_move *m = data;

	(void)source;
	(void)usec;
	take_step(m, m->portion ? COPY : SEAL);
	return 0;
}

static int begin(struct nfhad_instance *from, struct nfhad_instance *to, bool leaves,
		 nfhad_move_fn done, void *data)
{
	struct nfhad_service *s = from->service;
	struct nfhad_move *m;
	int ret = 0;

	if (s->move)
		return -EBUSY;
	if (!from->checkpoint || !to->checkpoint)
		return -EOPNOTSUPP;
	m = move_new(from, to, done, data);
	if (!m)
		return -ENOMEM;
	m->leaves = leaves;
	if (nfhad_move_is_wanted(s))
		ret = portion_new(m);
	ret = ret ?: nfhad_retry_later(s->nfhad->event, &m->timer, 0, on_begin, m);
	if (ret) {
		move_free(m);
		return ret;
	}
	s->move = m;
	return 0;
}

int nfhad_move_split(struct nfhad_instance *from, struct nfhad_instance *to,
		     nfhad_move_fn done, void *data)
{
	return begin(from, to, false, done, data);
}

int nfhad_move_merge(struct nfhad_instance *from, struct nfhad_instance *to,
		     nfhad_move_fn done, void *data)
{
	return begin(from, to, true, done, data);
}

bool nfhad_move_is_wanted(const struct nfhad_service *s)
{
	return s->driver->carry && s->config->scale.policy == NFHA_POLICY_ALWAYS;
}

void nfhad_move_failed(struct nfhad_instance *instance)
{
	struct nfhad_move *m = instance->service->move;

	if (m && (m->from == instance || m->to == instance))
		fail(m, -ECONNABORTED);
}

void nfhad_move_stop(struct nfhad_service *s)
{
	struct nfhad_move *m = s->move;

	if (!m)
		return;
	let_go(m);
	move_free(m);
}

struct nfhad_instance *nfhad_move_abandon(struct nfhad_service *s)
{
	struct nfhad_instance *to = s->move && !s->move->gone ? s->move->to : NULL;

	nfhad_move_stop(s);
	return to;
}
