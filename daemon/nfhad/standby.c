// SPDX-License-Identifier: GPL-2.0-or-later
/* NHAM's standby: a backup has the newest checkpoint loaded, and stopped. Of several
 * masters it has that of one, for it is everybody's (ETSI GS NFV-REL 002, 6.3.1, point 4).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleaning.h"
#include "decision.h"
#include "instance.h"
#include "loading.h"
#include "nfhad.h"
#include "spares.h"
#include "standby.h"
#include "state.h"
#include "store.h"

/**
 * struct nfhad_standby - of a service
 * @service: the service
 * @instance: who is standby, or is to be, or NULL
 * @master: and for whom
 * @said: for whom it was said last who it is
 * @said_of: and who that was
 * @wanted: the image to load when @instance is idle, or NULL
 * @image: that is being loaded, or is loaded, or NULL
 * @loading: at it, or NULL
 * @behind: checkpoints that there have been since @image
 * @waiter: whose commit waits, or NULL
 * @done: told when it has been loaded
 * @data: for @done
 */
struct nfhad_standby {
	struct nfhad_service *service;
	struct nfhad_instance *instance;
	const struct nfhad_instance *master;
	const struct nfhad_instance *said;
	const struct nfhad_instance *said_of;
	struct nfhad_image *wanted;
	struct nfhad_image *image;
	struct nfhad_loading *loading;
	uint32_t behind;
	struct nfhad_instance *waiter;
	void (*done)(void *data, int error);
	void *data;
};

static void tell(struct nfhad_standby *s, int error)
{
	if (!s->waiter)
		return;
	s->waiter = NULL;
	s->done(s->data, error);
}

static void image_drop(struct nfhad_image **image)
{
	nfhad_image_put(*image);
	*image = NULL;
}

static void lose(struct nfhad_standby *s, int error)
{
	image_drop(&s->image);
	nfhad_cleaning_start(s->instance);
	s->instance = NULL;
	tell(s, error);
}

static void on_loaded(void *data, int error)
{
	struct nfhad_standby *s = data;

	s->loading = NULL;
	/* While it was loaded the event was not taken notice of. */
	if (!error && nfhad_instance_is_fenced(s->instance))
		error = -ENETDOWN;
	if (error) {
		nfhad_log_instance(LOG_ERR, s->instance,
				   "standby cannot be loaded: %s",
				   strerror(-error));
		lose(s, error);
		return;
	}
	nfhad_state_set(s->instance, NFHAD_INSTANCE_STANDBY);
	s->behind = 0;
	tell(s, 0);
}

static void load(struct nfhad_standby *s)
{
	int ret;

	s->image = s->wanted;
	s->wanted = NULL;
	nfhad_state_set(s->instance, NFHAD_INSTANCE_LOADING);
	ret = nfhad_loading_start(s->instance, s->image, on_loaded, s,
				  &s->loading);
	if (ret)
		lose(s, ret);
}

/* The master's image goes away with its next one; this is another handle. */
static int want(struct nfhad_standby *s, const struct nfhad_instance *master,
		const struct nfhad_image *image)
{
	int ret;

	image_drop(&s->wanted);
	ret = nfhad_image_newest(s->service->nfhad->store,
				 s->service->config->name,
				 master->config->name, &s->wanted);
	if (ret || s->wanted->number == image->number)
		return ret;
	/* It cannot be read, and what is found is older. */
	image_drop(&s->wanted);
	return -ENOENT;
}

/* One that cannot be loaded is chosen anew at each checkpoint. */
static void say(struct nfhad_standby *s, const char *why)
{
	if (s->said == s->master && s->said_of == s->instance)
		return;
	s->said = s->master;
	s->said_of = s->instance;
	nfhad_decision_instance(s->instance, NFHAD_ACTION_START,
				"stands by for %s; %s", s->master->config->name,
				why);
}

/* A recovery has made something else of it. */
static void forget_taken(struct nfhad_standby *s)
{
	if (!s->instance || s->loading ||
	    (!nfhad_instance_works(s->instance) && !s->instance->recovery))
		return;
	image_drop(&s->wanted);
	image_drop(&s->image);
	s->instance = NULL;
}

static bool choose(struct nfhad_standby *s, const struct nfhad_instance *master)
{
	char why[NFHAD_CAUSE_MAX + 1];

	s->instance = nfhad_spares_backup(master, why, sizeof(why));
	if (!s->instance)
		return false;
	s->master = master;
	say(s, why);
	return true;
}

/* Does it stand by for this master, or can it from now on? Whoever works keeps it: to load
 * one master's checkpoint after the other's into it would help none of them.
 */
static bool is_for(struct nfhad_standby *s, const struct nfhad_instance *master)
{
	forget_taken(s);
	if (!s->instance)
		return choose(s, master);
	if (s->master == master)
		return true;
	if (nfhad_instance_works(s->master) ||
	    !nfhad_spares_apart(s->instance, master))
		return false;
	s->master = master;
	s->behind = s->service->config->fresh;
	say(s, "the one before does not work any more");
	return true;
}

bool nfhad_standby_offer(struct nfhad_instance *master,
			 struct nfhad_image *image,
			 void (*done)(void *data, int error), void *data)
{
	struct nfhad_standby *s = master->service->standby;
	bool waits;

	if (!s || s->loading || s->waiter)
		return false;
	if (!is_for(s, master))
		return false;
	if (s->image && ++s->behind <= s->service->config->fresh)
		return false;
	if (want(s, master, image)) {
		/* Nothing holds it: a recovery may take it. */
		if (s->instance->state == NFHAD_INSTANCE_IDLE)
			s->instance = NULL;
		return false;
	}
	waits = !s->service->config->fresh;
	if (waits) {
		s->waiter = master;
		s->done = done;
		s->data = data;
	}
	if (s->instance->state == NFHAD_INSTANCE_STANDBY) {
		image_drop(&s->image);
		nfhad_cleaning_start(s->instance);
	} else if (s->instance->state == NFHAD_INSTANCE_IDLE) {
		load(s);
	}
	return s->waiter;
}

void nfhad_standby_withdraw(struct nfhad_instance *master)
{
	struct nfhad_standby *s = master->service->standby;

	if (s && s->waiter == master)
		s->waiter = NULL;
}

bool nfhad_standby_idle(struct nfhad_instance *instance)
{
	struct nfhad_standby *s = instance->service->standby;

	if (!s || s->instance != instance || !s->wanted)
		return false;
	load(s);
	return true;
}

void nfhad_standby_exited(struct nfhad_instance *instance)
{
	struct nfhad_standby *s = instance->service->standby;

	if (s && s->instance == instance && !s->loading)
		lose(s, -ECHILD);
}

static bool is_same(const struct nfhad_image *one,
		    const struct nfhad_image *other)
{
	struct stat a, b;

	return !fstat(one->dir, &a) && !fstat(other->dir, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

struct nfhad_instance *nfhad_standby_take(struct nfhad_service *service,
					  struct nfhad_image **image,
					  struct nfhad_loading **loading)
{
	struct nfhad_standby *s = service->standby;
	struct nfhad_instance *instance;

	if (!s || !s->instance || !s->image || !is_same(s->image, *image))
		return NULL;
	instance = s->instance;
	s->instance = NULL;
	nfhad_image_put(*image);
	*image = s->image;
	s->image = NULL;
	*loading = s->loading;
	s->loading = NULL;
	return instance;
}

bool nfhad_standby_dismiss(const struct nfhad_instance *failed, bool of_others)
{
	struct nfhad_standby *s = failed->service->standby;

	if (!s)
		return false;
	forget_taken(s);
	if (!s->instance)
		return false;
	if (s->master != failed &&
	    !(of_others && nfhad_spares_apart(s->instance, failed)))
		return false;
	nfhad_loading_cancel(s->loading);
	s->loading = NULL;
	image_drop(&s->wanted);
	if (s->instance->state == NFHAD_INSTANCE_IDLE)
		s->instance = NULL;
	else
		lose(s, -ECANCELED);
	return true;
}

int nfhad_standby_new(struct nfhad_service *service)
{
	if (service->config->scheme != NFHAD_SCHEME_STANDBY)
		return 0;
	service->standby = calloc(1, sizeof(*service->standby));
	if (!service->standby)
		return -ENOMEM;
	service->standby->service = service;
	return 0;
}

void nfhad_standby_free(struct nfhad_service *service)
{
	struct nfhad_standby *s = service->standby;

	if (!s)
		return;
	nfhad_loading_cancel(s->loading);
	nfhad_image_put(s->wanted);
	nfhad_image_put(s->image);
	free(s);
	service->standby = NULL;
}
