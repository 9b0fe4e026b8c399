// SPDX-License-Identifier: GPL-2.0-or-later
/* A checkpoint is loaded into an instance. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "driver.h"
#include "instance.h"
#include "job.h"
#include "loading.h"
#include "nfhad.h"
#include "store.h"

/**
 * struct nfhad_loading - one that is being loaded
 * @load: for the driver
 * @image: the checkpoint
 * @loads: the driver has not ended
 * @runs: it has made a process
 * @verify: checks the sums, or NULL when it has, or need not
 * @deadline: until it has failed
 * @end: ends it from the loop
 * @error: the first that was met
 * @done: told
 * @data: for @done
 */
struct nfhad_loading {
	struct nfhad_load load;
	struct nfhad_image *image;
	bool loads;
	bool runs;
	struct nfhad_job *verify;
	sd_event_source *deadline;
	sd_event_source *end;
	int error;
	nfhad_loading_fn done;
	void *data;
};

static void loading_free(struct nfhad_loading *l)
{
	sd_event_source_disable_unref(l->deadline);
	sd_event_source_disable_unref(l->end);
	free(l);
}

static void stop(struct nfhad_loading *l)
{
	nfhad_job_cancel(l->verify);
	l->verify = NULL;
	if (l->loads)
		l->load.instance->service->driver->load_cancel(&l->load);
	l->loads = false;
}

static int on_end(sd_event_source *source, void *data)
{
	struct nfhad_loading *l = data;

	(void)source;
	stop(l);
	/* The sums may take longer than the process has lived. */
	if (l->runs && !l->load.instance->process)
		l->error = l->error ?: -ECHILD;
	if (l->error)
		nfhad_image_unseal(l->image);
	l->done(l->data, l->error);
	loading_free(l);
	return 0;
}

/* The first error ends both; without one, the last of both does. */
static void part_done(struct nfhad_loading *l, int error)
{
	if (error && !l->error)
		l->error = error;
	if (l->error || (!l->loads && !l->verify))
		sd_event_source_set_enabled(l->end, SD_EVENT_ONESHOT);
}

static void on_loaded(struct nfhad_load *load, int error)
{
	struct nfhad_loading *l = (struct nfhad_loading *)load;

	l->loads = false;
	l->runs = load->instance->process;
	part_done(l, error);
}

static void on_verified(void *data, int error)
{
	struct nfhad_loading *l = data;

	l->verify = NULL;
	part_done(l, error);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	part_done(data, -ETIMEDOUT);
	return 0;
}

static int verify_job(void *data)
{
	struct nfhad_loading *l = data;

	return nfhad_image_verify(l->image);
}

/* Not again what is as it was when it was summed. */
static int verify_start(struct nfhad_loading *l, sd_event *event)
{
	if (nfhad_image_is_sealed(l->image))
		return 0;
	return nfhad_job_start(event, verify_job, 0, on_verified, l, &l->verify);
}

static int sources_add(struct nfhad_loading *l, sd_event *event,
		       uint64_t timeout_us)
{
	int ret;

	ret = sd_event_add_defer(event, &l->end, on_end, l);
	if (ret < 0)
		return ret;
	ret = sd_event_source_set_enabled(l->end, SD_EVENT_OFF);
	if (ret < 0)
		return ret;
	ret = sd_event_add_time_relative(event, &l->deadline, CLOCK_MONOTONIC,
					 timeout_us, 1000, on_deadline, l);
	return ret < 0 ? ret : 0;
}

int nfhad_loading_start(struct nfhad_instance *instance,
			struct nfhad_image *image, nfhad_loading_fn done,
			void *data, struct nfhad_loading **out)
{
	struct nfhad_service *service = instance->service;
	sd_event *event = service->nfhad->event;
	struct nfhad_loading *l;
	int ret;

	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->load = (struct nfhad_load){
		.instance = instance,
		.image = image,
		.stop = true,
		.urgent = instance->recovery,
		.done = on_loaded,
	};
	l->image = image;
	l->done = done;
	l->data = data;
	ret = sources_add(l, event, service->config->timeout_ms * 1000ULL);
	if (ret)
		goto err_free;
	ret = verify_start(l, event);
	if (ret)
		goto err_free;
	l->loads = true;
	ret = service->driver->load(&l->load);
	if (ret)
		goto err_verify;
	*out = l;
	return 0;
err_verify:
	nfhad_job_cancel(l->verify);
err_free:
	loading_free(l);
	return ret;
}

void nfhad_loading_pass(struct nfhad_loading *l, nfhad_loading_fn done,
			void *data)
{
	l->done = done;
	l->data = data;
}

void nfhad_loading_cancel(struct nfhad_loading *l)
{
	if (!l)
		return;
	stop(l);
	loading_free(l);
}
