// SPDX-License-Identifier: GPL-2.0-or-later
/* What another configuration may do to a service. */

#include <errno.h>
#include <string.h>

#include "change.h"
#include "config_made.h"
#include "decision.h"
#include "driver.h"
#include "instance.h"
#include "kernel.h"
#include "nfhad.h"
#include "ranges.h"
#include "service.h"

/* NULL if it is left out. */
static const struct nfhad_instance_config *
wanted_of(const struct nfhad_instance *i,
	  const struct nfhad_service_config *wanted)
{
	size_t n;

	for (n = 0; wanted && n < wanted->instances; n++)
		if (!strcmp(wanted->instance[n].name, i->config->name))
			return &wanted->instance[n];
	return NULL;
}

/* Without recovery the kernel has no epochs of it, and holds nothing. */
static int may_go(struct nfhad_instance *i)
{
	struct nfha_epoch epoch;

	if ((!nfhad_instance_works(i) && !i->recovery) ||
	    nfhad_kernel_epoch(i, &epoch))
		return 0;
	nfhad_log_instance(LOG_ERR, i,
			   "cannot be left: nobody would commit its epochs, and %llu packets of its output are held and %llu of its input logged; set the recovery of its service to none first",
			   (unsigned long long)epoch.hold.packets,
			   (unsigned long long)epoch.log.packets);
	nfhad_decision_instance(i, NFHAD_ACTION_REFUSE,
				"a configuration leaves it out, and nobody would commit its epochs");
	return -EBUSY;
}

/* What was made for it goes with it, and the others would lose what goes to it. */
static int may_be_removed(struct nfhad_instance *i,
			  const struct nfhad_instance_config *wanted)
{
	struct nfha_instance answer;

	if (!i->config->made || nfhad_ranges_get(i, &answer) ||
	    !(answer.width || answer.flows))
		return 0;
	nfhad_log_instance(LOG_ERR, i,
			   "cannot %s: it has %s; give them to another one first, as \"nfhactl scale in\" or \"nfhactl merge\" do",
			   wanted ? "get a namespace, devices or a control group of other names" :
				    "be removed",
			   answer.width ? "ranges" : "flows");
	nfhad_decision_instance(i, NFHAD_ACTION_REFUSE,
				"a configuration %s, and it has %s",
				wanted ? "gives other names to what was made for it" :
					 "leaves it out",
				answer.width ? "ranges" : "flows");
	return -EBUSY;
}

static bool is_in_module(struct nfhad_instance *i)
{
	struct nfha_instance answer;
	struct nfha_epoch epoch;

	return i->service->driver->save ? !nfhad_kernel_epoch(i, &epoch) :
					  !nfhad_ranges_get(i, &answer);
}

static bool is_protected(struct nfhad_service *s)
{
	size_t n;

	for (n = 0; s->started && n < s->instances; n++)
		if (nfhad_instance_works(&s->instance[n]) &&
		    is_in_module(&s->instance[n]))
			return true;
	return false;
}

/* Nobody would protect what is protected until the module had it. */
static int may_wait(struct nfhad_service *s,
		    const struct nfhad_service_config *wanted)
{
	struct nfhad_service next = *s;
	struct nfhad_instance i = { .service = &next };
	int ret = 0;
	size_t n;

	next.config = wanted;
	next.driver = nfhad_service_driver(wanted);
	for (n = 0; n < wanted->instances; n++) {
		i.config = &wanted->instance[n];
		if (i.config->made || is_in_module(&i))
			continue;
		nfhad_log_instance(LOG_ERR, &i,
				   "is not in the module%s, and until it is nobody would protect the service: add it first",
				   next.driver->save ? " with recovery" : "");
		ret = -ENOENT;
	}
	return ret;
}

int nfhad_change_check(struct nfhad_service *s,
		       const struct nfhad_service_config *wanted)
{
	const struct nfhad_instance_config *next;
	struct nfhad_instance *i = s->instance;
	int ret = 0;

	if (wanted && !nfhad_config_same_service(s->config, wanted) &&
	    is_protected(s))
		ret = may_wait(s, wanted);
	for (; i < s->instance + s->instances; i++) {
		next = wanted_of(i, wanted);
		if (!next)
			ret = may_go(i) ?: ret;
		if (wanted && !(next && nfhad_config_same_names(i->config, next)))
			ret = may_be_removed(i, next) ?: ret;
	}
	return ret;
}
