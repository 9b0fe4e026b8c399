// SPDX-License-Identifier: GPL-2.0-or-later
/* Why an instance is what it is, in JSON. */

#include <string.h>

#include "decision.h"
#include "instance.h"
#include "json.h"
#include "nfhad.h"
#include "state.h"
#include "status.h"

struct json_object *
nfhad_status_decision_json(const struct nfhad_decision *decision)
{
	struct json_object *o = json_object_new_object();

	nfhad_json_number(o, "number", decision->number);
	nfhad_json_number(o, "timeUs", decision->realtime_us);
	nfhad_json_name(o, "service", decision->service);
	nfhad_json_name(o, "instance", decision->instance);
	nfhad_json_word(o, "action", nfhad_action_name(decision->action));
	nfhad_json_text(o, "cause", decision->cause);
	return o;
}

static struct json_object *decisions_json(const struct nfhad_instance *i)
{
	const struct nfhad_decisions *all = i->service->nfhad->decisions;
	struct json_object *array = json_object_new_array();
	const struct nfhad_decision *d;

	for (d = nfhad_decision_next(all, 0); d;
	     d = nfhad_decision_next(all, d->number))
		if (!strcmp(d->service, i->service->config->name) &&
		    !strcmp(d->instance, i->config->name))
			json_object_array_add(array,
					      nfhad_status_decision_json(d));
	return array;
}

static const char *waits_until(const struct nfhad_instance *i)
{
	if (!i->service->started)
		return "the module has its service with all instances, and with recovery";
	if (i->start)
		return "it is started, or that is tried again";
	switch (i->state) {
	case NFHAD_INSTANCE_LOADING:
		return "its checkpoint is loaded";
	case NFHAD_INSTANCE_UNPROTECTED:
		return "checkpoints of it are tried again";
	case NFHAD_INSTANCE_FAILED:
		return "a backup can take over";
	case NFHAD_INSTANCE_CLEANING:
		return "what is left of it is removed";
	default:
		return "";
	}
}

struct json_object *nfhad_status_explain_json(const struct nfhad_instance *i)
{
	struct json_object *o = json_object_new_object();

	nfhad_json_text(o, "service", i->service->config->name);
	nfhad_json_text(o, "instance", i->config->name);
	nfhad_json_text(o, "role", nfhad_config_roles[i->config->role]);
	nfhad_json_text(o, "state", nfhad_state_name(i->state));
	nfhad_json_number(o, "sinceUs", i->since_us);
	nfhad_json_name(o, "waitsUntil", waits_until(i));
	json_object_object_add(o, "decisions", decisions_json(i));
	return o;
}
