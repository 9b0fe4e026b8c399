// SPDX-License-Identifier: GPL-2.0-or-later
/* What goes past this host. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "beyond.h"
#include "instance.h"
#include "job.h"
#include "nfhad.h"
#include "retry.h"
#include "sample.h"
#include "scale.h"
#include "upstream.h"

#define BIT(name) NFHAD_MEASURE_BIT(NFHAD_MEASURE_##name)
#define COUNTED (BIT(PACKETS) | BIT(BITS) | BIT(NEW_FLOWS) | BIT(FLOWS))

#define LIMIT_US 10000000ULL
/* Who drains is not to wait for long because looks at the load are rare. */
#define EVERY_MAX_US 1000000ULL

/**
 * struct nfhad_beyond - of a service
 * @service: the service
 * @job: asks the switch, or NULL
 * @timer: until the next time
 * @shared: what a job sets, one reading for each instance
 * @size: of it
 * @reading: of each instance, as was found last
 * @asked: something was
 * @failed: the switch has not answered
 */
struct nfhad_beyond {
	struct nfhad_service *service;
	struct nfhad_job *job;
	sd_event_source *timer;
	struct nfhad_reading *shared;
	size_t size;
	struct nfhad_reading *reading;
	bool asked;
	bool failed;
};

static void look(struct nfhad_beyond *beyond);

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	look(data);
	return 0;
}

static void look_later(struct nfhad_beyond *beyond)
{
	struct nfhad_service *s = beyond->service;
	uint64_t every = s->config->scale.detector.interval_ms * 1000ULL;

	if (nfhad_retry_later(s->nfhad->event, &beyond->timer,
			      every < EVERY_MAX_US ? every : EVERY_MAX_US,
			      on_timer, beyond))
		nfhad_log_service(LOG_ALERT, s, "no memory to ask the switch");
}

/* An answer is not known any more when the next one does not come. */
static void on_answer(void *data, int error)
{
	struct nfhad_beyond *beyond = data;

	beyond->job = NULL;
	if (error && !beyond->failed)
		nfhad_log_service(LOG_ERR, beyond->service,
				  "the switch does not say what it sends where: %s",
				  strerror(-error));
	beyond->asked = true;
	beyond->failed = error;
	memcpy(beyond->reading, beyond->shared, beyond->size);
	look_later(beyond);
	if (!error)
		nfhad_scale_event(beyond->service, NULL);
}

static int ask(void *data)
{
	const struct nfhad_beyond *beyond = data;

	return nfhad_upstream_nfha.look(beyond->service, beyond->shared);
}

static void look(struct nfhad_beyond *beyond)
{
	struct nfhad_service *s = beyond->service;

	beyond->timer = sd_event_source_disable_unref(beyond->timer);
	if (!s->started ||
	    nfhad_job_start(s->nfhad->event, ask, LIMIT_US, on_answer, beyond,
			    &beyond->job))
		look_later(beyond);
}

void nfhad_beyond_again(struct nfhad_service *s)
{
	struct nfhad_beyond *beyond = s->beyond;

	if (!beyond)
		return;
	nfhad_job_cancel(beyond->job);
	beyond->job = NULL;
	beyond->asked = false;
	look(beyond);
}

static const struct nfhad_reading *reading_of(const struct nfhad_instance *i)
{
	return &i->service->beyond->reading[i - i->service->instance];
}

int nfhad_beyond_flows(const struct nfhad_instance *i, uint32_t *flows)
{
	*flows = 0;
	if (!i->service->beyond)
		return 0;
	if (!i->service->beyond->asked)
		return -EAGAIN;
	if (!(reading_of(i)->known & BIT(FLOWS)))
		return i->service->beyond->failed ? -EAGAIN : -EOPNOTSUPP;
	*flows = reading_of(i)->flows;
	return 0;
}

void nfhad_beyond_add(const struct nfhad_instance *i,
		      struct nfhad_reading *reading)
{
	const struct nfhad_reading *more;

	if (!i->service->beyond)
		return;
	more = reading_of(i);
	reading->known &= ~COUNTED |
			  (i->service->beyond->asked ? more->known : 0);
	reading->packets_to += more->packets_to;
	reading->packets_from += more->packets_from;
	reading->bytes_to += more->bytes_to;
	reading->bytes_from += more->bytes_from;
	reading->flows += more->flows;
}

int nfhad_beyond_new(struct nfhad_service *s)
{
	struct nfhad_beyond *beyond;

	if (!s->config->scale.upstream.netns)
		return 0;
	beyond = calloc(1, sizeof(*beyond));
	if (!beyond)
		return -ENOMEM;
	s->beyond = beyond;
	beyond->service = s;
	beyond->size = s->instances * sizeof(*beyond->reading);
	beyond->reading = calloc(s->instances, sizeof(*beyond->reading));
	beyond->shared = mmap(NULL, beyond->size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!beyond->reading || beyond->shared == MAP_FAILED) {
		nfhad_beyond_free(s);
		return -ENOMEM;
	}
	look_later(beyond);
	return 0;
}

void nfhad_beyond_free(struct nfhad_service *s)
{
	struct nfhad_beyond *beyond = s->beyond;

	if (!beyond)
		return;
	s->beyond = NULL;
	nfhad_job_cancel(beyond->job);
	sd_event_source_disable_unref(beyond->timer);
	if (beyond->shared != MAP_FAILED)
		munmap(beyond->shared, beyond->size);
	free(beyond->reading);
	free(beyond);
}
