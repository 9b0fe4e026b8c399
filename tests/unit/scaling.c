// SPDX-License-Identifier: GPL-2.0-or-later
/* Scaling, made up: nothing is scaled, and what was asked for is noted. */

#include <stdio.h>

#include "scaling.h"

struct scaling scaling;

static int asked(struct nfhad_instance *instance, const char *cause,
		 struct nfhad_refusal *refusal)
{
	scaling.from = instance;
	snprintf(scaling.cause, sizeof(scaling.cause), "%s", cause);
	if (scaling.error)
		snprintf(refusal->text, sizeof(refusal->text), "%s",
			 scaling.text);
	return scaling.error;
}

int nfhad_scale_out(struct nfhad_service *service, struct nfhad_instance *from,
		    const char *cause, struct nfhad_refusal *refusal)
{
	(void)service;
	scaling.outs++;
	return asked(from, cause, refusal);
}

int nfhad_scale_in(struct nfhad_service *service,
		   struct nfhad_instance *leaving, uint32_t deadline_ms,
		   const char *cause, struct nfhad_refusal *refusal)
{
	(void)service;
	scaling.ins++;
	scaling.deadline_ms = deadline_ms;
	return asked(leaving, cause, refusal);
}

int nfhad_scale_new(struct nfhad_service *service)
{
	(void)service;
	return 0;
}

void nfhad_scale_free(struct nfhad_service *service)
{
	(void)service;
}

void nfhad_scale_start(struct nfhad_service *service)
{
	(void)service;
}

void nfhad_scale_event(struct nfhad_service *service,
		       const struct nfha_event *event)
{
	(void)service;
	(void)event;
}

enum nfhad_scale_state nfhad_scale_state(const struct nfhad_service *service)
{
	(void)service;
	return scaling.state;
}

void nfhad_scale_activated(struct nfhad_instance *instance)
{
	(void)instance;
}

void nfhad_scale_healthy(struct nfhad_instance *instance)
{
	(void)instance;
}

bool nfhad_scale_is_starting(const struct nfhad_instance *instance)
{
	(void)instance;
	return false;
}

bool nfhad_scale_failed(struct nfhad_instance *instance)
{
	(void)instance;
	return false;
}

bool nfhad_scale_lost(struct nfhad_instance *instance, const char *why)
{
	(void)instance;
	(void)why;
	return false;
}

struct nfhad_instance *
nfhad_scale_heir(const struct nfhad_instance *leaving)
{
	(void)leaving;
	return NULL;
}

void nfhad_scale_give_back(struct nfhad_instance *instance)
{
	(void)instance;
}

void nfhad_scale_unsettle(struct nfhad_service *service)
{
	(void)service;
}

bool nfhad_scale_not_started(struct nfhad_instance *i, const char *why)
{
	(void)i;
	(void)why;
	return false;
}

bool nfhad_scale_is_quiet(const struct nfhad_service *service)
{
	(void)service;
	return true;
}
