// SPDX-License-Identifier: GPL-2.0-or-later
/* What there is, in JSON. */

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../names.h"
#include "api.h"
#include "json.h"
#include "kernel.h"
#include "nfhad.h"
#include "process.h"
#include "scale.h"
#include "service.h"
#include "state.h"
#include "status.h"
#include "varlink.h"

#define NAME_OF(names, value)						\
	((value) < sizeof(names) / sizeof((names)[0]) ? (names)[value] : "")

static struct json_object *ports_json(const struct nfha_port *port,
				      unsigned int ports)
{
	struct json_object *array = json_object_new_array();
	struct json_object *o;
	unsigned int n;

	for (n = 0; n < ports; n++, port++) {
		o = json_object_new_object();
		nfhad_json_text(o, "side", NAME_OF(side_names, port->side));
		nfhad_json_text(o, "device", port->ifname);
		nfhad_json_bool(o, "detour", port->detour);
		nfhad_json_bool(o, "carrier", port->carrier);
		nfhad_json_number(o, "rxPackets", port->rx_packets);
		nfhad_json_number(o, "rxBytes", port->rx_bytes);
		nfhad_json_number(o, "txPackets", port->tx_packets);
		nfhad_json_number(o, "txBytes", port->tx_bytes);
		nfhad_json_number(o, "txDropped", port->tx_dropped);
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *ranges_json(const struct nfhad_service *s)
{
	struct json_object *array = json_object_new_array();
	struct nfha_map *map = NULL;
	struct json_object *o;
	unsigned int n;

	if (nfhad_kernel_map(s, &map))
		return array;
	for (n = 0; n < map->ranges; n++) {
		o = json_object_new_object();
		nfhad_json_number(o, "first", map->range[n].first);
		nfhad_json_number(o, "last", map->range[n].last);
		nfhad_json_name(o, "instance", map->range[n].instance);
		json_object_array_add(array, o);
	}
	nfha_map_free(map);
	return array;
}

static struct json_object *service_module_json(const struct nfhad_service *s)
{
	struct json_object *o;
	struct nfha_service in;

	if (nfhad_kernel_service(s, &in))
		return NULL;
	o = json_object_new_object();
	nfhad_json_number(o, "generation", in.generation);
	nfhad_json_number(o, "flows", in.flows);
	nfhad_json_number(o, "exceptions", in.exceptions);
	nfhad_json_number(o, "imported", in.imported);
	json_object_object_add(o, "ranges", ranges_json(s));
	json_object_object_add(o, "ports", ports_json(in.port, in.ports));
	return o;
}

static struct json_object *queue_json(const struct nfha_queue *q)
{
	struct json_object *o = json_object_new_object();

	nfhad_json_number(o, "packets", q->packets);
	nfhad_json_number(o, "bytes", q->bytes);
	nfhad_json_number(o, "limit", q->limit);
	nfhad_json_number(o, "oldestMs", q->oldest_ms);
	nfhad_json_number(o, "dropped", q->dropped);
	return o;
}

static struct json_object *flags_json(uint32_t flags)
{
	struct json_object *array = json_object_new_array();
	size_t n;

	for (n = 0; n < sizeof(recovery_flag_names) / sizeof(*recovery_flag_names);
	     n++)
		if (flags & 1U << n)
			json_object_array_add(array,
					      json_object_new_string(recovery_flag_names[n]));
	return array;
}

/**
 * struct found - instances that the module tells of
 * @service: of which
 * @array: of what is told to others, one for each instance
 */
struct found {
	const struct nfhad_service *service;
	struct json_object *array;
};

/* One that is not the daemon's is left out. */
static struct json_object *place_of(const struct found *found, const char *name)
{
	const struct nfhad_instance *i = nfhad_service_instance(found->service,
								name);

	return i ? json_object_array_get_idx(found->array,
					     i - found->service->instance) :
		   NULL;
}

static int epoch_add(const struct nfha_epoch *e, void *data)
{
	struct json_object *to = place_of(data, e->instance);
	struct json_object *o;

	if (!to)
		return 0;
	o = json_object_new_object();
	nfhad_json_text(o, "recovery", NAME_OF(recovery_names, e->recovery));
	nfhad_json_number(o, "open", e->epoch);
	nfhad_json_number(o, "committed", e->committed);
	nfhad_json_number(o, "pending", e->pending);
	json_object_object_add(o, "flags", flags_json(e->flags));
	nfhad_json_name(o, "backup", e->backup);
	json_object_object_add(o, "log", queue_json(&e->log));
	json_object_object_add(o, "hold", queue_json(&e->hold));
	json_object_object_add(to, "epoch", o);
	return 0;
}

static int module_add(const struct nfha_instance *i, void *data)
{
	struct json_object *to = place_of(data, i->name);
	struct json_object *o;

	if (!to)
		return 0;
	o = json_object_new_object();
	nfhad_json_text(o, "state", NAME_OF(state_names, i->state));
	nfhad_json_bool(o, "fenced", i->fenced);
	nfhad_json_number(o, "width", i->width);
	nfhad_json_number(o, "flows", i->flows);
	nfhad_json_number(o, "exceptions", i->exceptions);
	nfhad_json_number(o, "learned", i->learned);
	if (i->latency_samples)
		nfhad_json_number(o, "latencyUs", i->latency_us);
	json_object_object_add(o, "ports", ports_json(i->port, i->ports));
	json_object_object_add(to, "module", o);
	return 0;
}

static struct json_object *instance_json(const struct nfhad_instance *i)
{
	struct json_object *o = json_object_new_object();

	nfhad_json_text(o, "name", i->config->name);
	nfhad_json_text(o, "role", nfhad_config_roles[i->config->role]);
	nfhad_json_text(o, "state", nfhad_state_name(i->state));
	nfhad_json_number(o, "sinceUs", i->since_us);
	if (i->process)
		nfhad_json_number(o, "pid", nfhad_process_pid(i->process));
	return o;
}

static struct json_object *instances_json(const struct nfhad_service *s)
{
	struct found found = { .service = s, .array = json_object_new_array() };
	size_t n;

	for (n = 0; n < s->instances; n++)
		json_object_array_add(found.array,
				      instance_json(&s->instance[n]));
	nfhad_kernel_instances(s, module_add, &found);
	nfhad_kernel_epochs(s, epoch_add, &found);
	return found.array;
}

static struct json_object *service_json(const struct nfhad_service *s)
{
	struct json_object *o = json_object_new_object();
	struct json_object *module = service_module_json(s);

	nfhad_json_text(o, "name", s->config->name);
	nfhad_json_text(o, "driver", nfhad_config_drivers[s->config->driver]);
	nfhad_json_text(o, "scheme", nfhad_config_schemes[s->config->scheme]);
	nfhad_json_bool(o, "begun", s->started);
	nfhad_json_text(o, "scale",
			nfhad_scale_state_name(nfhad_scale_state(s)));
	if (module)
		json_object_object_add(o, "module", module);
	json_object_object_add(o, "instances", instances_json(s));
	return o;
}

static struct json_object *connections_json(const struct nfhad_varlink_counts *c)
{
	struct json_object *o = json_object_new_object();

	nfhad_json_number(o, "now", c->now);
	nfhad_json_number(o, "total", c->total);
	nfhad_json_number(o, "calls", c->calls);
	nfhad_json_number(o, "refused", c->refused);
	nfhad_json_number(o, "slow", c->slow);
	nfhad_json_number(o, "malformed", c->malformed);
	return o;
}

static uint64_t realtime_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

struct json_object *nfhad_status_service_json(struct nfhad *d,
					      const struct nfhad_service *service)
{
	struct json_object *o = json_object_new_object();
	struct json_object *array = json_object_new_array();
	char host[256] = "";
	size_t n;

	gethostname(host, sizeof(host) - 1);
	nfhad_json_text(o, "host", host);
	nfhad_json_text(o, "version", NFHA_VERSION);
	nfhad_json_number(o, "timeUs", realtime_us());
	for (n = 0; n < d->services; n++)
		if (!service || service == d->service[n])
			json_object_array_add(array, service_json(d->service[n]));
	json_object_object_add(o, "services", array);
	if (d->api)
		json_object_object_add(o, "connections",
				       connections_json(nfhad_api_counts(d->api)));
	return o;
}

struct json_object *nfhad_status_json(struct nfhad *d)
{
	return nfhad_status_service_json(d, NULL);
}
