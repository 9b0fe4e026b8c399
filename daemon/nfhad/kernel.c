// SPDX-License-Identifier: GPL-2.0-or-later
/* The connection to the module. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../dump.h"
#include "instance.h"
#include "kernel.h"
#include "module.h"
#include "nfhad.h"

/**
 * struct nfhad_kernel - the connection
 * @commands: for commands
 * @events: for events
 * @source: watches @events
 * @module: watches for the end of the module
 * @fn: told of them
 * @data: for @fn
 */
struct nfhad_kernel {
	struct nfha *commands;
	struct nfha *events;
	sd_event_source *source;
	sd_event_source *module;
	nfhad_kernel_event_fn fn;
	void *data;
};

static struct nfha *commands_of(const struct nfhad_instance *instance)
{
	return instance->service->nfhad->kernel->commands;
}

static const char *service_of(const struct nfhad_instance *instance)
{
	return instance->service->config->name;
}

static int on_event(const struct nfha_event *event, void *data)
{
	struct nfhad_kernel *kernel = data;

	kernel->fn(event, kernel->data);
	return 0;
}

static int on_readable(sd_event_source *source, int fd, uint32_t events,
		       void *data)
{
	struct nfhad_kernel *kernel = data;
	int ret;

	(void)source;
	(void)fd;
	(void)events;
	ret = nfha_event_read(kernel->events, 0, on_event, kernel);
	if (ret == -ENOBUFS)
		kernel->fn(NULL, kernel->data);
	else if (ret && ret != -ETIMEDOUT)
		nfhad_log(LOG_ERR, NULL, NULL, "events of the module: %s",
			  strerror(-ret));
	return 0;
}

static int open_both(struct nfhad_kernel *kernel)
{
	int ret;

	ret = nfha_open(&kernel->commands, NULL);
	if (ret)
		return ret;
	ret = nfha_open(&kernel->events, NULL);
	return ret ?: nfha_event_subscribe(kernel->events);
}

int nfhad_kernel_open(sd_event *event, nfhad_kernel_event_fn fn, void *data,
		      struct nfhad_kernel **out)
{
	struct nfhad_kernel *kernel = calloc(1, sizeof(*kernel));
	int ret;

	if (!kernel)
		return -ENOMEM;
	kernel->fn = fn;
	kernel->data = data;
	/* First, so that what is opened is what is watched. */
	ret = nfhad_module_watch(event, &kernel->module);
	if (ret < 0)
		goto err_close;
	ret = open_both(kernel);
	if (ret) {
		nfhad_log(LOG_ERR, NULL, NULL, "no connection to the module: %s",
			  ret == -ENOPROTOOPT ? "nfha is not loaded: modprobe nfha" :
						strerror(-ret));
		goto err_close;
	}
	ret = sd_event_add_io(event, &kernel->source,
			      nfha_event_fd(kernel->events), EPOLLIN,
			      on_readable, kernel);
	if (ret < 0)
		goto err_close;
	*out = kernel;
	return 0;
err_close:
	nfhad_kernel_close(kernel);
	return ret;
}

void nfhad_kernel_close(struct nfhad_kernel *kernel)
{
	if (!kernel)
		return;
	sd_event_source_disable_unref(kernel->source);
	sd_event_source_disable_unref(kernel->module);
	nfha_close(kernel->events);
	nfha_close(kernel->commands);
	free(kernel);
}

struct nfha *nfhad_kernel_commands(struct nfhad_kernel *kernel)
{
	return kernel->commands;
}

int nfhad_kernel_checked(const struct nfhad_instance *instance, int ret,
			 const char *command)
{
	if (ret)
		nfhad_log_instance(LOG_ERR, instance, "%s: %s (%s)", command,
				   nfha_error(commands_of(instance)),
				   strerror(-ret));
	return ret;
}

int nfhad_kernel_begin(struct nfhad_instance *instance)
{
	uint64_t epoch;

	return nfhad_kernel_checked(instance,
		       nfha_epoch_begin(commands_of(instance),
					service_of(instance),
					instance->config->name, &epoch),
		       "epoch-begin");
}

int nfhad_kernel_cut(struct nfhad_instance *instance, uint64_t *epoch)
{
	return nfhad_kernel_checked(instance,
		       nfha_epoch_cut(commands_of(instance),
				      service_of(instance),
				      instance->config->name, epoch),
		       "epoch-cut");
}

int nfhad_kernel_commit(struct nfhad_instance *instance, uint64_t epoch)
{
	return nfhad_kernel_checked(instance,
		       nfha_epoch_commit(commands_of(instance),
					 service_of(instance),
					 instance->config->name, epoch),
		       "epoch-commit");
}

int nfhad_kernel_abort(struct nfhad_instance *instance, uint64_t epoch)
{
	return nfhad_kernel_checked(instance,
		       nfha_epoch_abort(commands_of(instance),
					service_of(instance),
					instance->config->name, &epoch),
		       "epoch-abort");
}

int nfhad_kernel_epoch(struct nfhad_instance *instance,
		       struct nfha_epoch *epoch)
{
	return nfha_epoch_get(commands_of(instance), service_of(instance),
			      instance->config->name, epoch);
}

int nfhad_kernel_failover(struct nfhad_instance *master,
			  struct nfhad_instance *backup,
			  struct nfha_takeover *takeover)
{
	return nfhad_kernel_checked(master,
		       nfha_failover(commands_of(master), service_of(master),
				     master->config->name, backup->config->name,
				     takeover),
		       "failover");
}

int nfhad_kernel_fence(struct nfhad_instance *instance)
{
	return nfhad_kernel_checked(instance,
		       nfha_fence(commands_of(instance), service_of(instance),
				  instance->config->name, NULL),
		       "failover");
}

int nfhad_kernel_dead_man(struct nfhad_service *service)
{
	static const uint32_t policies[] = {
		[NFHAD_DEAD_MAN_RELEASE] = NFHA_DEAD_MAN_POLICY_RELEASE,
		[NFHAD_DEAD_MAN_HOLD] = NFHA_DEAD_MAN_POLICY_HOLD,
	};
	const struct nfhad_config *config = service->nfhad->config;
	struct nfha *commands = service->nfhad->kernel->commands;
	struct nfha_service change = {
		.set = NFHA_BIT(NFHA_A_SERVICE_DEAD_MAN_MS) |
		       NFHA_BIT(NFHA_A_SERVICE_DEAD_MAN_POLICY),
		.dead_man_ms = config->dead_man_ms,
		.dead_man_policy = policies[config->dead_man],
	};
	int ret;

	snprintf(change.name, sizeof(change.name), "%s", service->config->name);
	ret = nfha_service_set(commands, &change);
	if (ret)
		nfhad_log_service(LOG_ERR, service, "service-set: %s (%s)",
				  nfha_error(commands), strerror(-ret));
	return ret;
}

int nfhad_kernel_alive(struct nfhad_instance *instance)
{
	return nfha_epoch_alive(commands_of(instance), service_of(instance),
				instance->config->name);
}

bool nfhad_kernel_owns(struct nfhad_instance *instance)
{
	struct nfha_instance answer;

	return !nfha_instance_get(commands_of(instance), service_of(instance),
				  instance->config->name, &answer) &&
	       (answer.width || answer.flows);
}

bool nfhad_kernel_has_carrier(struct nfhad_instance *instance)
{
	struct nfha_instance answer;
	unsigned int n;

	if (nfha_instance_get(commands_of(instance), service_of(instance),
			      instance->config->name, &answer))
		return true;
	for (n = 0; n < answer.ports; n++)
		if (!answer.port[n].carrier)
			return false;
	return true;
}

static int set_state(struct nfhad_instance *instance,
		     struct nfha_instance *change)
{
	change->set |= NFHA_BIT(NFHA_A_INSTANCE_STATE);
	snprintf(change->service, sizeof(change->service), "%s",
		 service_of(instance));
	snprintf(change->name, sizeof(change->name), "%s",
		 instance->config->name);
	return nfhad_kernel_checked(instance,
				    nfha_instance_set(commands_of(instance),
						      change),
				    "instance-set");
}

int nfhad_kernel_stand_by(struct nfhad_instance *instance)
{
	return set_state(instance, &(struct nfha_instance){
		.state = NFHA_STATE_STANDBY });
}

int nfhad_kernel_activate(struct nfhad_instance *instance)
{
	return set_state(instance, &(struct nfha_instance){
		.state = NFHA_STATE_ACTIVE });
}

int nfhad_kernel_drain(struct nfhad_instance *instance, uint32_t deadline_ms)
{
	return set_state(instance, &(struct nfha_instance){
		.set = NFHA_BIT(NFHA_A_INSTANCE_DEADLINE_MS),
		.state = NFHA_STATE_DRAINING, .deadline_ms = deadline_ms });
}

int nfhad_kernel_remove(struct nfhad_instance *instance,
			struct nfha_instance *old)
{
	struct nfha *commands = commands_of(instance);
	const char *service = service_of(instance);
	const char *name = instance->config->name;
	int ret;

	ret = nfha_instance_get(commands, service, name, old);
	if (ret)
		return nfhad_kernel_checked(instance, ret, "instance-get");
	return nfhad_kernel_checked(instance,
		       nfha_instance_del(commands, service, name, true),
		       "instance-del");
}

int nfhad_kernel_add(struct nfhad_instance *instance, struct nfha_instance *old)
{
	old->set = NFHA_BIT(NFHA_A_INSTANCE_REMOTE) |
		   NFHA_BIT(NFHA_A_INSTANCE_STATE);
	old->state = NFHA_STATE_STANDBY;
	return nfhad_kernel_checked(instance, nfha_instance_new(commands_of(instance), old),
		       "instance-new");
}

int nfhad_kernel_traffic(struct nfhad_kernel *kernel, const char *service,
			 const char *instance, uint64_t *to, uint64_t *from)
{
	struct nfha_instance answer;
	unsigned int i;
	int ret;

	ret = nfha_instance_get(kernel->commands, service, instance, &answer);
	if (ret)
		return ret;
	*to = 0;
	*from = 0;
	for (i = 0; i < answer.ports; i++) {
		*to += answer.port[i].tx_packets;
		*from += answer.port[i].rx_packets;
	}
	return 0;
}

int nfhad_kernel_service(const struct nfhad_service *service,
			 struct nfha_service *answer)
{
	return nfha_service_get(service->nfhad->kernel->commands,
				service->config->name, answer);
}

int nfhad_kernel_map(const struct nfhad_service *service, struct nfha_map **map)
{
	return nfha_map_get(service->nfhad->kernel->commands,
			    service->config->name, map);
}

int nfhad_kernel_instances(const struct nfhad_service *service,
			   nfha_instance_fn fn, void *data)
{
	return dump_instances(service->nfhad->kernel->commands,
			      service->config->name, fn, data);
}

int nfhad_kernel_epochs(const struct nfhad_service *service, nfha_epoch_fn fn,
			void *data)
{
	return dump_epochs(service->nfhad->kernel->commands,
			   service->config->name, fn, data);
}
