// SPDX-License-Identifier: GPL-2.0-or-later
/* The methods of io.nfha.daemon. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_private.h"
#include "checkpoint.h"
#include "decision.h"
#include "json.h"
#include "nfhad.h"
#include "scale.h"
#include "service.h"
#include "spares.h"
#include "state.h"
#include "status.h"

/* One line for people. */
#define TEXT_MAX 255

static struct json_object *value_of(const struct nfhad_varlink_call *call,
				    const char *key)
{
	return json_object_object_get(nfhad_varlink_parameters(call), key);
}

/* NULL if it is not given. */
static const char *text_of(const struct nfhad_varlink_call *call,
			   const char *key)
{
	struct json_object *value = value_of(call, key);

	return value ? json_object_get_string(value) : NULL;
}

static void __attribute__((format(printf, 2, 3)))
refuse(struct nfhad_varlink_call *call, const char *format, ...)
{
	struct json_object *parameters = json_object_new_object();
	char text[TEXT_MAX + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	nfhad_json_text(parameters, "text", text);
	nfhad_varlink_error(call, API_INTERFACE ".Refused", parameters);
}

static void not_found(struct nfhad_varlink_call *call, const char *what)
{
	struct json_object *parameters = json_object_new_object();

	nfhad_json_text(parameters, "what", what);
	nfhad_json_text(parameters, "name", text_of(call, what));
	nfhad_varlink_error(call, API_INTERFACE ".NotFound", parameters);
}

/* The service and the instance that a call names, NULL where it names none. Returns false
 * if there is none of this name, and the call is answered then.
 */
static bool objects_find(const struct nfhad_api *api,
			 struct nfhad_varlink_call *call,
			 struct nfhad_service **service,
			 struct nfhad_instance **instance)
{
	const char *of_service = text_of(call, "service");
	const char *of_instance = text_of(call, "instance");

	*service = of_service ? nfhad_service_find(api->nfhad, of_service) : NULL;
	*instance = NULL;
	if (of_service && !*service) {
		not_found(call, "service");
		return false;
	}
	if (!*service || !of_instance)
		return true;
	*instance = nfhad_service_instance(*service, of_instance);
	if (!*instance)
		not_found(call, "instance");
	return *instance;
}

/* The same, and the service has to be ready for changes. */
static bool objects_ready(const struct nfhad_api *api,
			  struct nfhad_varlink_call *call,
			  struct nfhad_service **service,
			  struct nfhad_instance **instance)
{
	if (!objects_find(api, call, service, instance))
		return false;
	if (*service && (*service)->started)
		return true;
	refuse(call, "service %s has not begun: the module does not have all of it",
	       text_of(call, "service"));
	return false;
}

/* The instance of a call that has to name one; NULL: the call is answered. */
static struct nfhad_instance *instance_ready(const struct nfhad_api *api,
					     struct nfhad_varlink_call *call)
{
	struct nfhad_instance *instance;
	struct nfhad_service *service;

	return objects_ready(api, call, &service, &instance) ? instance : NULL;
}

static void cause_of(const struct nfhad_varlink_call *call, char *text,
		     size_t size)
{
	snprintf(text, size, "asked for by uid %u",
		 (unsigned int)nfhad_varlink_uid(call));
}

static void status(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct nfhad_service *service;
	struct nfhad_instance *instance;

	if (objects_find(api, call, &service, &instance))
		nfhad_varlink_reply(call,
				    nfhad_status_service_json(api->nfhad,
							      service));
}

static void scale_end(struct nfhad_varlink_call *call, int error,
		      const struct nfhad_refusal *refusal)
{
	if (error)
		refuse(call, "%s", *refusal->text ? refusal->text :
						    strerror(-error));
	else
		nfhad_varlink_reply(call, NULL);
}

static void scale(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct nfhad_refusal refusal = { "" };
	struct nfhad_instance *instance;
	struct nfhad_service *service;
	char cause[64];
	int ret;

	if (!objects_ready(api, call, &service, &instance))
		return;
	cause_of(call, cause, sizeof(cause));
	ret = !strcmp(text_of(call, "direction"), "out") ?
		      nfhad_scale_out(service, instance, cause, &refusal) :
		      nfhad_scale_in(service, instance, 0, cause, &refusal);
	scale_end(call, ret, &refusal);
}

static void drain(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct json_object *value = value_of(call, "deadlineMs");
	int64_t deadline_ms = value ? json_object_get_int64(value) : 0;
	bool force = json_object_get_boolean(value_of(call, "force"));
	struct nfhad_refusal refusal = { "" };
	struct nfhad_instance *instance;
	struct nfhad_service *service;
	char cause[64];
	int ret;

	if (deadline_ms < !!value || deadline_ms > UINT32_MAX ||
	    (value && force)) {
		nfhad_api_error(call, "InvalidParameter", "parameter",
				"deadlineMs");
		return;
	}
	if (force)
		deadline_ms = NFHAD_SCALE_NOW_MS;
	if (!objects_ready(api, call, &service, &instance))
		return;
	cause_of(call, cause, sizeof(cause));
	ret = nfhad_scale_in(service, instance, deadline_ms, cause, &refusal);
	scale_end(call, ret, &refusal);
}

/* What is being loaded without a failure is a standby. */
static bool is_standby(const struct nfhad_instance *i)
{
	return i->state == NFHAD_INSTANCE_STANDBY ||
	       (i->state == NFHAD_INSTANCE_LOADING && !i->recovery);
}

static bool has_backup(const struct nfhad_instance *master, char *why,
		       size_t size)
{
	const struct nfhad_service *s = master->service;
	size_t n;

	for (n = 0; n < s->instances; n++)
		if (is_standby(&s->instance[n]) &&
		    nfhad_spares_apart(&s->instance[n], master))
			return true;
	return nfhad_spares_backup(master, why, size);
}

static void failover(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct nfhad_instance *instance = instance_ready(api, call);
	char why[NFHAD_CAUSE_MAX + 1];
	struct nfhad_service *service;
	char cause[64];

	if (!instance)
		return;
	service = instance->service;
	if (service->config->driver == NFHAD_DRIVER_NONE) {
		refuse(call, "service %s has driver none: there is nothing to make a backup of",
		       service->config->name);
	} else if (!nfhad_instance_works(instance)) {
		refuse(call, "instance %s is %s, expected active or unprotected",
		       instance->config->name,
		       nfhad_state_name(instance->state));
	} else if (!has_backup(instance, why, sizeof(why))) {
		refuse(call, "there is no backup for %s: %s",
		       instance->config->name, why);
	} else {
		cause_of(call, cause, sizeof(cause));
		nfhad_instance_failed(instance, cause);
		nfhad_varlink_reply(call, NULL);
	}
}

/**
 * struct waiter - a call that waits for a checkpoint
 * @call: the call
 * @ask: until it is made
 */
struct waiter {
	struct nfhad_varlink_call *call;
	struct nfhad_checkpoint_ask *ask;
};

static void on_checkpoint(void *data, int error, uint64_t epoch)
{
	struct waiter *w = data;
	struct json_object *parameters;

	if (error) {
		refuse(w->call, "there is no checkpoint: %s",
		       error == -ECANCELED ? "the instance has failed, or is left alone" :
					     strerror(-error));
	} else {
		parameters = json_object_new_object();
		nfhad_json_number(parameters, "epoch", epoch);
		nfhad_varlink_reply(w->call, parameters);
	}
	free(w);
}

static void waiter_gone(void *data)
{
	struct waiter *w = data;

	nfhad_checkpoint_unask(w->ask);
	free(w);
}

static void checkpoint(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct nfhad_instance *instance = instance_ready(api, call);
	struct waiter *w;

	if (!instance)
		return;
	if (!instance->checkpoint) {
		refuse(call, "instance %s is %s, and has no checkpoints",
		       instance->config->name,
		       nfhad_state_name(instance->state));
		return;
	}
	w = calloc(1, sizeof(*w));
	if (w)
		w->ask = nfhad_checkpoint_ask(instance, on_checkpoint, w);
	if (!w || !w->ask) {
		free(w);
		refuse(call, "%s", strerror(ENOMEM));
		return;
	}
	w->call = call;
	nfhad_varlink_keep(call, waiter_gone, w);
}

/* The only one of this name; NULL: answered. */
static struct nfhad_instance *only_one(const struct nfhad *d,
				       struct nfhad_varlink_call *call)
{
	const char *name = text_of(call, "instance");
	struct nfhad_instance *one, *found = NULL;
	size_t n;

	for (n = 0; n < d->services; n++) {
		one = nfhad_service_instance(d->service[n], name);
		if (one && found) {
			refuse(call, "services %s and %s have an instance %s, expected a service",
			       found->service->config->name,
			       one->service->config->name, name);
			return NULL;
		}
		found = one ?: found;
	}
	if (!found)
		not_found(call, "instance");
	return found;
}

static void explain(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct nfhad_instance *instance;
	struct nfhad_service *service;

	if (!objects_find(api, call, &service, &instance))
		return;
	if (!instance)
		instance = only_one(api->nfhad, call);
	if (instance)
		nfhad_varlink_reply(call, nfhad_status_explain_json(instance));
}

static bool is_about(const struct nfhad_decision *d, const char *service)
{
	return !service || !strcmp(d->service, service);
}

static void decisions(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	const struct nfhad_decisions *all = api->nfhad->decisions;
	struct json_object *value = value_of(call, "after");
	int64_t after = value ? json_object_get_int64(value) : 0;
	struct json_object *o, *array;
	const struct nfhad_decision *d;
	struct nfhad_instance *instance;
	struct nfhad_service *service;

	if (after < 0) {
		nfhad_api_error(call, "InvalidParameter", "parameter", "after");
		return;
	}
	if (!objects_find(api, call, &service, &instance))
		return;
	array = json_object_new_array();
	for (d = nfhad_decision_next(all, after); d;
	     d = nfhad_decision_next(all, d->number))
		if (is_about(d, text_of(call, "service")))
			json_object_array_add(array, nfhad_decision_json(d));
	o = json_object_new_object();
	json_object_object_add(o, "decisions", array);
	nfhad_varlink_reply(call, o);
}

/**
 * struct subscriber - a call that is told of decisions
 * @call: the call
 * @watch: until it ends
 */
struct subscriber {
	struct nfhad_varlink_call *call;
	struct nfhad_decision_watch *watch;
};

static void on_decision(const struct nfhad_decision *decision, void *data)
{
	struct subscriber *s = data;
	struct json_object *o;

	if (!is_about(decision, text_of(s->call, "service")))
		return;
	o = json_object_new_object();
	json_object_object_add(o, "decision", nfhad_decision_json(decision));
	nfhad_varlink_continue(s->call, o);
}

static void subscriber_gone(void *data)
{
	struct subscriber *s = data;

	nfhad_decision_unwatch(s->watch);
	free(s);
}

static uint64_t last_of(const struct nfhad_decisions *all)
{
	const struct nfhad_decision *d;
	uint64_t last = 0;

	while ((d = nfhad_decision_next(all, last)))
		last = d->number;
	return last;
}

static void subscribe(struct nfhad_api *api, struct nfhad_varlink_call *call)
{
	struct nfhad_instance *instance;
	struct nfhad_service *service;
	struct json_object *first;
	struct subscriber *s;

	if (!objects_find(api, call, &service, &instance))
		return;
	s = calloc(1, sizeof(*s));
	if (s)
		s->watch = nfhad_decision_watch(api->nfhad->decisions,
						on_decision, s);
	if (!s || !s->watch) {
		free(s);
		refuse(call, "%s", strerror(ENOMEM));
		return;
	}
	s->call = call;
	nfhad_varlink_keep(call, subscriber_gone, s);
	first = json_object_new_object();
	nfhad_json_number(first, "after", last_of(api->nfhad->decisions));
	nfhad_varlink_continue(call, first);
}

const struct nfhad_api_method nfhad_api_methods[] = {
	{ .name = "Status", .run = status },
	{ .name = "Scale", .changes = true, .run = scale },
	{ .name = "Failover", .changes = true, .run = failover },
	{ .name = "Checkpoint", .changes = true, .run = checkpoint },
	{ .name = "Drain", .changes = true, .run = drain },
	{ .name = "Explain", .run = explain },
	{ .name = "Decisions", .run = decisions },
	{ .name = "Subscribe", .streams = true, .run = subscribe },
	{ 0 },
};
