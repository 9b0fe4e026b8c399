// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses that move with the active instance: state first, address second. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "announce.h"
#include "decision.h"
#include "instance.h"
#include "job.h"
#include "netns.h"
#include "nfhad.h"
#include "possession.h"

#define CLEAR_US 1000000ULL
#define SET_US 2000000ULL
#define ANNOUNCE_US (2000000ULL * NFHAD_ANNOUNCE_TIMES * NFHAD_ANNOUNCE_INTERVAL_S)

/**
 * struct loss - of the addresses, by an instance
 * @next: another one
 * @of: the service's
 * @instance: the instance
 * @job: at it
 */
struct loss {
	struct loss *next;
	struct nfhad_possession *of;
	struct nfhad_instance *instance;
	struct nfhad_job *job;
};

/**
 * struct nfhad_possession - of a service
 * @service: the service
 * @holder: who has them, or NULL
 * @claimant: who is about to, or NULL
 * @set: sets them for @claimant, or NULL while it waits for @losses
 * @losses: that are on their way
 * @announcement: tells those beside @holder, or NULL
 * @done: told of the claim, or NULL
 * @data: for @done
 */
struct nfhad_possession {
	struct nfhad_service *service;
	struct nfhad_instance *holder;
	struct nfhad_instance *claimant;
	struct nfhad_job *set;
	struct loss *losses;
	struct nfhad_job *announcement;
	void (*done)(void *data, int error);
	void *data;
};

static int each(const struct nfhad_instance *instance,
		int (*fn)(const struct nfhad_address *address))
{
	const struct nfhad_service_config *config = instance->service->config;
	struct nfhad_address address;
	int ret, first = 0;
	size_t n;

	for (n = 0; n < config->addresses; n++) {
		nfhad_address_of(&config->address[n], &address);
		ret = fn(&address);
		if (!ret)
			continue;
		first = first ?: ret;
		nfhad_log_instance(LOG_ERR, instance, "address %s of %s: %s",
				   config->address[n].address,
				   config->address[n].device, strerror(-ret));
	}
	return first;
}

int nfhad_possession_set(const struct nfhad_instance *instance)
{
	int ret;

	if (!instance->service->possession)
		return 0;
	ret = nfhad_netns_enter(instance->config->netns);
	return ret ?: each(instance, nfhad_address_add);
}

int nfhad_possession_clear(const struct nfhad_instance *instance)
{
	int ret;

	if (!instance->service->possession)
		return 0;
	ret = nfhad_netns_enter(instance->config->netns);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	return each(instance, nfhad_address_remove);
}

/* Who does not hear of it learns it some time, so it is no reason not to take over. */
static int set(void *data)
{
	const struct nfhad_possession *p = data;
	int ret = nfhad_possession_set(p->claimant);

	if (!ret)
		each(p->claimant, nfhad_announce_send);
	return ret;
}

static int announce(void *data)
{
	const struct timespec interval = { .tv_sec = NFHAD_ANNOUNCE_INTERVAL_S };
	const struct nfhad_possession *p = data;
	int n, ret;

	ret = nfhad_netns_enter(p->holder->config->netns);
	for (n = 1; !ret && n < NFHAD_ANNOUNCE_TIMES; n++) {
		nanosleep(&interval, NULL);
		each(p->holder, nfhad_announce_send);
	}
	return ret;
}

static void on_announced(void *data, int error)
{
	struct nfhad_possession *p = data;

	p->announcement = NULL;
	if (error)
		nfhad_log_instance(LOG_WARNING, p->holder,
				   "its addresses are not announced again: %s",
				   strerror(-error));
}

static void announcement_stop(struct nfhad_possession *p)
{
	nfhad_job_cancel(p->announcement);
	p->announcement = NULL;
}

static void announcement_start(struct nfhad_possession *p)
{
	int ret;

	announcement_stop(p);
	ret = nfhad_job_start(p->service->nfhad->event, announce, ANNOUNCE_US,
			      on_announced, p, &p->announcement);
	if (ret)
		on_announced(p, ret);
}

static void say(const struct nfhad_possession *p, int error)
{
	if (error) {
		nfhad_log_instance(LOG_ERR, p->claimant,
				   "does not get the addresses of its service: %s",
				   strerror(-error));
		return;
	}
	nfhad_log_instance(LOG_INFO, p->claimant,
			   "has the addresses of its service");
	nfhad_decision_instance(p->claimant, NFHAD_ACTION_ACTIVATE,
				"its state is there, so it gets %s%s",
				p->service->config->address->address,
				p->service->config->addresses > 1 ?
					" and the other addresses" : "");
}

static void on_set(void *data, int error)
{
	struct nfhad_possession *p = data;

	p->set = NULL;
	say(p, error);
	if (!error) {
		p->holder = p->claimant;
		announcement_start(p);
	}
	p->claimant = NULL;
	if (p->done)
		p->done(p->data, error);
}

static int set_start(struct nfhad_possession *p)
{
	return nfhad_job_start(p->service->nfhad->event, set, SET_US, on_set, p,
			       &p->set);
}

int nfhad_possession_claim(struct nfhad_instance *instance,
			   void (*done)(void *data, int error), void *data)
{
	struct nfhad_possession *p = instance->service->possession;
	int ret = 0;

	if (!p || p->holder == instance)
		return 0;
	if (p->claimant)
		return -EBUSY;
	p->claimant = instance;
	p->done = done;
	p->data = data;
	if (!p->losses)
		ret = set_start(p);
	if (ret)
		p->claimant = NULL;
	return ret ?: -EINPROGRESS;
}

static void loss_free(struct loss *loss)
{
	nfhad_job_cancel(loss->job);
	free(loss);
}

static void loss_end(struct loss *loss)
{
	struct loss **at = &loss->of->losses;

	while (*at != loss)
		at = &(*at)->next;
	*at = loss->next;
	loss_free(loss);
}

static int lose(void *data)
{
	return nfhad_possession_clear(((struct loss *)data)->instance);
}

static void on_lost(void *data, int error)
{
	struct loss *loss = data;
	struct nfhad_possession *p = loss->of;
	int ret;

	if (error)
		nfhad_log_instance(LOG_ALERT, loss->instance,
				   "may have addresses still that are another one's: %s",
				   strerror(-error));
	loss->job = NULL;
	loss_end(loss);
	if (!p->claimant || p->set || p->losses)
		return;
	ret = set_start(p);
	if (ret)
		on_set(p, ret);
}

static void claim_end(struct nfhad_possession *p)
{
	nfhad_job_cancel(p->set);
	p->set = NULL;
	p->claimant = NULL;
}

void nfhad_possession_withdraw(struct nfhad_instance *instance)
{
	struct nfhad_possession *p = instance->service->possession;

	if (p && p->claimant == instance)
		claim_end(p);
}

void nfhad_possession_release(struct nfhad_instance *instance)
{
	struct nfhad_possession *p = instance->service->possession;
	struct loss *loss;
	int ret;

	if (!p)
		return;
	nfhad_possession_withdraw(instance);
	if (p->holder == instance) {
		announcement_stop(p);
		p->holder = NULL;
	}
	loss = calloc(1, sizeof(*loss));
	if (!loss) {
		nfhad_log_instance(LOG_ALERT, instance,
				   "no memory to take addresses from it");
		return;
	}
	*loss = (struct loss){ .next = p->losses, .of = p, .instance = instance };
	p->losses = loss;
	ret = nfhad_job_start(p->service->nfhad->event, lose, CLEAR_US, on_lost,
			      loss, &loss->job);
	if (ret)
		on_lost(loss, ret);
}

int nfhad_possession_new(struct nfhad_service *s)
{
	if (!s->config->addresses)
		return 0;
	s->possession = calloc(1, sizeof(*s->possession));
	if (!s->possession)
		return -ENOMEM;
	s->possession->service = s;
	return 0;
}

void nfhad_possession_free(struct nfhad_service *s)
{
	struct nfhad_possession *p = s->possession;
	struct loss *loss, *next;

	if (!p)
		return;
	claim_end(p);
	announcement_stop(p);
	for (loss = p->losses; loss; loss = next) {
		next = loss->next;
		loss_free(loss);
	}
	free(p);
	s->possession = NULL;
}
