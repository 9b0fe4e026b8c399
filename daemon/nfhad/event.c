// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module tells, and who of the daemon has to hear of it. */

#include <string.h>

#include "checkpoint.h"
#include "driver.h"
#include "event.h"
#include "log.h"
#include "meter.h"
#include "nfhad.h"
#include "recovery.h"
#include "scale.h"
#include "service.h"

static struct nfhad_instance *instance_find(const struct nfhad *d,
					    const struct nfha_event *e)
{
	struct nfhad_service *service = nfhad_service_find(d, e->service);

	return service && service->started ?
		       nfhad_service_instance(service, e->instance) : NULL;
}

/* Events were lost: the fence is what must not be missed. */
static void look_for_fences(struct nfhad *d)
{
	size_t n, k;

	for (n = 0; n < d->services; n++) {
		struct nfhad_service *s = d->service[n];

		for (k = 0; s->started && k < s->instances; k++)
			if (nfhad_instance_is_fenced(&s->instance[k]))
				nfhad_instance_fenced(&s->instance[k]);
	}
}

static void overflow_log(const struct nfhad_instance *i, uint32_t what)
{
	static const char *const text[] = {
		[NFHA_OVERFLOW_UNLOGGED] =
			"its log is full: a replay would miss input",
		[NFHA_OVERFLOW_INPUT_DROPPED] =
			"its log is full: input that had to wait is dropped",
		[NFHA_OVERFLOW_OUTPUT_DROPPED] =
			"its hold is full: output is dropped",
		[NFHA_OVERFLOW_OUTPUT_RELEASED] =
			"its hold is full: output is released, the guarantee is lost",
	};

	if (what <= NFHA_OVERFLOW_OUTPUT_RELEASED)
		nfhad_log_instance(LOG_WARNING, i, "%s", text[what]);
}

static void tell_scales(struct nfhad *d, const struct nfha_event *e)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		if (!e || !strcmp(e->service, d->service[n]->config->name))
			nfhad_scale_event(d->service[n], e);
}

void nfhad_event_heard(const struct nfha_event *e, void *data)
{
	struct nfhad *d = data;
	struct nfhad_instance *i;

	tell_scales(d, e);
	if (!e) {
		look_for_fences(d);
		nfhad_services_start(d);
		return;
	}
	i = instance_find(d, e);
	switch (e->cmd) {
	case NFHA_CMD_SERVICE_NEW_NTF:
	case NFHA_CMD_SERVICE_SET_NTF:
	case NFHA_CMD_INSTANCE_SET_NTF:
		nfhad_services_start(d);
		break;
	case NFHA_CMD_INSTANCE_NEW_NTF:
		nfhad_services_start(d);
		if (i)
			nfhad_recovery_renewed(i);
		break;
	case NFHA_CMD_FENCED_NTF:
		/* It is of the past; it may have been made anew meanwhile. */
		if (i && nfhad_instance_is_fenced(i))
			nfhad_instance_fenced(i);
		break;
	case NFHA_CMD_WATERMARK_NTF:
		if (i)
			nfhad_checkpoint_soon(i);
		break;
	case NFHA_CMD_PORT_NTF:
		/* With recovery it is the module that fences it. */
		if (i && !i->service->driver->save &&
		    e->port_event == NFHA_PORT_EVENT_CARRIER_LOST)
			nfhad_instance_failed(i, "carrier lost");
		if (i && e->port_event == NFHA_PORT_EVENT_CARRIER_BACK)
			nfhad_instance_connected(i);
		break;
	case NFHA_CMD_OVERLOAD_NTF:
		if (i)
			nfhad_meter_notice(i->service, e);
		break;
	case NFHA_CMD_OVERFLOW_NTF:
		if (i)
			overflow_log(i, e->overflow);
		break;
	}
}
