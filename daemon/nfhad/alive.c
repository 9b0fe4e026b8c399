// SPDX-License-Identifier: GPL-2.0-or-later
/* Signs of life, for the module's dead man. */

#include <stdint.h>

#include "alive.h"
#include "checkpoint.h"
#include "instance.h"
#include "kernel.h"
#include "nfhad.h"

/* Whoever cannot be protected has nobody who looks after it: what becomes of what is held
 * of it is up to the dead man's policy.
 */
static bool is_looked_after(const struct nfhad_instance *i)
{
	return i->state != NFHAD_INSTANCE_UNKNOWN &&
	       i->state != NFHAD_INSTANCE_UNPROTECTED &&
	       !nfhad_checkpoint_fails(i);
}

static void tell(struct nfhad_service *s)
{
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (is_looked_after(&s->instance[n]))
			nfhad_kernel_alive(&s->instance[n]);
}

/* Three times in the time that the module waits for one. */
void nfhad_alive_set(struct nfhad_service *s)
{
	uint64_t every = s->nfhad->config->dead_man_ms * 1000ULL / 3;

	if (s->started)
		tell(s);
	sd_event_source_set_time_relative(s->alive, every);
	sd_event_source_set_enabled(s->alive,
				    every ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_alive(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	nfhad_alive_set(data);
	return 0;
}

int nfhad_alive_new(struct nfhad_service *s)
{
	int ret = sd_event_add_time(s->nfhad->event, &s->alive, CLOCK_MONOTONIC,
				    UINT64_MAX, 0, on_alive, s);

	return ret < 0 ? ret : 0;
}
