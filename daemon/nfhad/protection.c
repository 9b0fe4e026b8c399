// SPDX-License-Identifier: GPL-2.0-or-later
/* Checkpoints and checks of an instance, or the next try to have them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "decision.h"
#include "driver.h"
#include "health.h"
#include "instance.h"
#include "kernel.h"
#include "nfhad.h"
#include "protection.h"
#include "retry.h"
#include "scale.h"
#include "state.h"

#define FIRST_US 1000000ULL
#define LAST_US 60000000ULL
/* What an earlier dump has to end for. */
#define SOON_US 20000ULL

/**
 * struct nfhad_protection - of an instance that cannot be protected now
 * @instance: the instance
 * @base: the checkpoint that it was made of, or NULL: it is all that a backup can
 *	be made of
 * @timer: until it is tried again
 * @failures: in a row
 * @until_us: so long a dump that was left alone is waited for, monotonic
 */
struct nfhad_protection {
	struct nfhad_instance *instance;
	struct nfhad_image *base;
	sd_event_source *timer;
	unsigned int failures;
	uint64_t until_us;
};

/* One that starts has time to get healthy; when state moves to it, it has been. */
static void on_health(struct nfhad_instance *instance, bool healthy,
		      const char *why)
{
	if (healthy)
		nfhad_scale_healthy(instance);
	else if (!nfhad_scale_is_starting(instance) || instance->service->move)
		nfhad_instance_failed(instance, why);
}

/* @base is the checkpoints' if there is no error. */
static int protect(struct nfhad_instance *instance, struct nfhad_image *base)
{
	int ret;

	ret = instance->service->driver->attach(instance);
	if (ret)
		return ret;
	ret = nfhad_health_start(instance, nfhad_kernel_traffic, on_health,
				 &instance->health);
	if (ret)
		goto err_detach;
	if (instance->service->driver->save)
		ret = nfhad_checkpoint_start(instance, base);
	if (ret)
		goto err_stop;
	return 0;
err_stop:
	nfhad_health_stop(instance->health);
	instance->health = NULL;
err_detach:
	instance->service->driver->detach(instance);
	return ret;
}

static struct nfhad_image *protection_free(struct nfhad_protection *p)
{
	struct nfhad_image *base = p->base;

	p->instance->protection = NULL;
	sd_event_source_disable_unref(p->timer);
	free(p);
	return base;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data);

/* How long until the next try. */
static uint64_t wait_us(struct nfhad_protection *p, int error)
{
	uint64_t now = 0;

	sd_event_now(p->instance->service->nfhad->event, CLOCK_MONOTONIC, &now);
	if (!p->until_us)
		p->until_us = now + 1000ULL *
			      p->instance->service->config->timeout_ms;
	if (error == -EAGAIN && now < p->until_us)
		return SOON_US;
	return nfhad_retry_wait_us(++p->failures, FIRST_US, LAST_US);
}

static void try_later(struct nfhad_protection *p, int error)
{
	sd_event *event = p->instance->service->nfhad->event;
	uint64_t wait = wait_us(p, error);

	if (p->failures && nfhad_retry_is_said(p->failures)) {
		nfhad_log_instance(LOG_ERR, p->instance,
				   "is not protected, %u tries in a row: %s",
				   p->failures, strerror(-error));
		nfhad_decision_instance(p->instance, NFHAD_ACTION_RETRY,
					"cannot be protected, %u tries in a row: %s",
					p->failures, strerror(-error));
	}
	if (nfhad_retry_later(event, &p->timer, wait, on_timer, p))
		nfhad_log_instance(LOG_ALERT, p->instance,
				   "no memory to protect it later");
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_protection *p = data;
	struct nfhad_instance *instance = p->instance;
	bool was_said;
	int ret;

	(void)source;
	(void)usec;
	ret = protect(instance, p->base);
	if (ret) {
		try_later(p, ret);
		return 0;
	}
	was_said = p->failures;
	protection_free(p);
	nfhad_state_set(instance, NFHAD_INSTANCE_ACTIVE);
	if (!was_said)
		return 0;
	nfhad_log_instance(LOG_NOTICE, instance, "is protected now");
	nfhad_decision_instance(instance, NFHAD_ACTION_ACTIVATE,
				"it can be protected now");
	return 0;
}

static void keep(struct nfhad_instance *instance, struct nfhad_image *base,
		 int error)
{
	struct nfhad_protection *p = calloc(1, sizeof(*p));

	if (!p) {
		nfhad_log_instance(LOG_ALERT, instance,
				   "is not protected, and no memory to do it later");
		nfhad_image_put(base);
		return;
	}
	p->instance = instance;
	p->base = base;
	instance->protection = p;
	try_later(p, error);
}

void nfhad_protection_start(struct nfhad_instance *instance,
			    struct nfhad_image *base)
{
	int ret = protect(instance, base);

	nfhad_state_set(instance, ret ? NFHAD_INSTANCE_UNPROTECTED :
					NFHAD_INSTANCE_ACTIVE);
	if (ret)
		keep(instance, base, ret);
}

struct nfhad_image *nfhad_protection_settle(struct nfhad_instance *instance)
{
	if (instance->protection)
		return protection_free(instance->protection);
	return nfhad_checkpoint_settle(instance);
}

void nfhad_protection_stop(struct nfhad_instance *instance)
{
	if (instance->protection)
		nfhad_image_put(protection_free(instance->protection));
	nfhad_health_stop(instance->health);
	instance->health = NULL;
	nfhad_checkpoint_stop(instance);
	/* What a load has left of a driver's data goes, too. */
	if (instance->driver_data)
		instance->service->driver->detach(instance);
}
