// SPDX-License-Identifier: GPL-2.0-or-later

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "nfhactl.h"

static const char *const event_names[] = {
	[NFHA_CMD_SERVICE_NEW_NTF] = "service-new",
	[NFHA_CMD_SERVICE_SET_NTF] = "service-set",
	[NFHA_CMD_SERVICE_DEL_NTF] = "service-del",
	[NFHA_CMD_INSTANCE_NEW_NTF] = "instance-new",
	[NFHA_CMD_INSTANCE_SET_NTF] = "instance-set",
	[NFHA_CMD_INSTANCE_DEL_NTF] = "instance-del",
	[NFHA_CMD_MAP_SET_NTF] = "map-set",
	[NFHA_CMD_THRESHOLD_NTF] = "threshold",
	[NFHA_CMD_DRAIN_NTF] = "drain",
	[NFHA_CMD_TABLE_FULL_NTF] = "table-full",
	[NFHA_CMD_PORT_NTF] = "port",
	[NFHA_CMD_WATERMARK_NTF] = "watermark",
	[NFHA_CMD_OVERFLOW_NTF] = "overflow",
	[NFHA_CMD_FENCED_NTF] = "fenced",
	[NFHA_CMD_FAILOVER_NTF] = "failover",
	[NFHA_CMD_UNATTENDED_NTF] = "unattended",
	[NFHA_CMD_OVERLOAD_NTF] = "overload",
};

#define EVENTS "service-new service-set service-del instance-new instance-set instance-del map-set threshold drain table-full port watermark overflow fenced failover unattended overload"

static const char *const drain_names[] = { "empty", "deadline" };
static const char *const port_names[] = {
	"gone", "carrier-lost", "carrier-back",
};

static const char *const level_names[] = {
	"overloaded", "underloaded", "normal",
};

static const char *const queue_names[] = { "log", "hold" };
static const char *const reason_names[] = { "failover", "carrier", "request" };
static const char *const overflow_names[] = {
	"unlogged", "input-dropped", "output-dropped", "output-released",
};

int take_timeout_ms(struct request *r, const struct arg *arg, const char *word)
{
	if (take_time(word, &r->timeout_ms) || !r->timeout_ms)
		return bad_value(r, arg, word, NULL);
	return 0;
}

static int take_until(struct request *r, const struct arg *arg,
		      const char *word)
{
	int want = choice_index(arg->choices, word), i, n = -1;

	for (i = 0; i <= NFHA_CMD_MAX; i++)
		if (i < (int)ARRAY_SIZE(event_names) &&
		    event_names[i] && ++n == want)
			r->until = event_names[i];
	return 0;
}

static const struct arg monitor_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL },
	{ "until", "EVENT", EVENTS, take_until, 0 },
	{ "timeout", "TIME such as 500ms, 30s or 2m, not 0", NULL, take_timeout_ms,
	  0 }, {}
};

static uint64_t now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static void recovery_put(struct json_object *o, const struct nfha_event *e)
{
	switch (e->cmd) {
	case NFHA_CMD_WATERMARK_NTF:
		json_put(o, "queue", NAME_OF(queue_names, e->queue));
		json_num(o, "bytes", e->bytes);
		json_num(o, "limit", e->limit);
		break;
	case NFHA_CMD_OVERFLOW_NTF:
		json_put(o, "overflow", NAME_OF(overflow_names, e->overflow));
		json_num(o, "epoch", e->epoch);
		break;
	case NFHA_CMD_FENCED_NTF:
		json_put(o, "reason", NAME_OF(reason_names, e->reason));
		break;
	case NFHA_CMD_FAILOVER_NTF:
		json_put(o, "backup", e->backup);
		json_num(o, "epoch", e->epoch);
		json_num(o, "replayed", e->replayed);
		json_object_object_add(o, "complete",
				       json_object_new_boolean(e->complete));
		break;
	case NFHA_CMD_UNATTENDED_NTF:
		json_put(o, "policy", NAME_OF(dead_man_policy_names,
					      e->dead_man_policy));
		json_num(o, "epoch", e->epoch);
		break;
	}
}

/* What is known of an event of this kind, and nothing else. */
static void event_put(struct json_object *o, const struct nfha_event *e)
{
	switch (e->cmd) {
	case NFHA_CMD_SERVICE_NEW_NTF:
	case NFHA_CMD_SERVICE_SET_NTF:
	case NFHA_CMD_SERVICE_DEL_NTF:
		json_num(o, "generation", e->generation);
		json_num(o, "flows", e->flows);
		json_num(o, "exceptions", e->exceptions);
		json_num(o, "threshold", e->threshold);
		break;
	case NFHA_CMD_INSTANCE_NEW_NTF:
	case NFHA_CMD_INSTANCE_SET_NTF:
	case NFHA_CMD_INSTANCE_DEL_NTF:
		json_put(o, "state", NAME_OF(state_names, e->state));
		json_num(o, "flows", e->flows);
		json_num(o, "exceptions", e->exceptions);
		break;
	case NFHA_CMD_MAP_SET_NTF:
		json_num(o, "generation", e->generation);
		break;
	case NFHA_CMD_THRESHOLD_NTF:
		json_num(o, "exceptions", e->exceptions);
		json_num(o, "threshold", e->threshold);
		break;
	case NFHA_CMD_DRAIN_NTF:
		json_put(o, "end", NAME_OF(drain_names, e->drain_end));
		json_num(o, "flows", e->flows);
		break;
	case NFHA_CMD_TABLE_FULL_NTF:
		json_num(o, "flows", e->flows);
		break;
	case NFHA_CMD_PORT_NTF:
		json_put(o, "ifname", e->ifname);
		json_put(o, "side", NAME_OF(side_names, e->side));
		json_put(o, "what", NAME_OF(port_names, e->port_event));
		break;
	case NFHA_CMD_OVERLOAD_NTF:
		json_put(o, "level", NAME_OF(level_names, e->overload_level));
		if (e->overload_reason[0])
			json_put(o, "reason", e->overload_reason);
		break;
	default:
		recovery_put(o, e);
	}
}

static void event_json(const struct request *r, const struct nfha_event *e,
		       const char *name)
{
	struct json_object *o = json_object_new_object();

	json_num(o, "time_ms", now_ms(CLOCK_REALTIME));
	json_put(o, "event", name);
	json_put(o, "service", e->service);
	if (e->instance[0])
		json_put(o, "instance", e->instance);
	event_put(o, e);
	json_print(r, o);
}

static void recovery_print(const struct nfha_event *e)
{
	switch (e->cmd) {
	case NFHA_CMD_WATERMARK_NTF:
		printf(" %s %llu of %llu bytes", NAME_OF(queue_names, e->queue),
		       (unsigned long long)e->bytes,
		       (unsigned long long)e->limit);
		break;
	case NFHA_CMD_OVERFLOW_NTF:
		printf(" %s epoch %llu", NAME_OF(overflow_names, e->overflow),
		       (unsigned long long)e->epoch);
		break;
	case NFHA_CMD_FENCED_NTF:
		printf(" by %s", NAME_OF(reason_names, e->reason));
		break;
	case NFHA_CMD_FAILOVER_NTF:
		printf(" backup %s epoch %llu replayed %llu%s", e->backup,
		       (unsigned long long)e->epoch,
		       (unsigned long long)e->replayed,
		       e->complete ? "" : " incomplete");
		break;
	case NFHA_CMD_UNATTENDED_NTF:
		printf(" policy %s epoch %llu", NAME_OF(dead_man_policy_names,
							e->dead_man_policy),
		       (unsigned long long)e->epoch);
		break;
	}
}

static void event_print(const struct nfha_event *e, const char *name)
{
	uint64_t ms = now_ms(CLOCK_REALTIME);
	time_t s = ms / 1000;
	struct tm tm;
	char text[16];

	localtime_r(&s, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s.%03u %s service %s", text, (unsigned int)(ms % 1000), name,
	       e->service);
	if (e->instance[0])
		printf(" instance %s", e->instance);
	switch (e->cmd) {
	case NFHA_CMD_INSTANCE_SET_NTF:
		printf(" %s flows %u", NAME_OF(state_names, e->state), e->flows);
		break;
	case NFHA_CMD_MAP_SET_NTF:
		printf(" generation %u", e->generation);
		break;
	case NFHA_CMD_THRESHOLD_NTF:
		printf(" exceptions %u threshold %u", e->exceptions,
		       e->threshold);
		break;
	case NFHA_CMD_DRAIN_NTF:
		printf(" %s flows %u", NAME_OF(drain_names, e->drain_end),
		       e->flows);
		break;
	case NFHA_CMD_TABLE_FULL_NTF:
		printf(" flows %u", e->flows);
		break;
	case NFHA_CMD_OVERLOAD_NTF:
		printf(" %s", NAME_OF(level_names, e->overload_level));
		if (e->overload_reason[0])
			printf(" reason %s", e->overload_reason);
		break;
	case NFHA_CMD_PORT_NTF:
		printf(" %s %s %s", NAME_OF(side_names, e->side), e->ifname,
		       NAME_OF(port_names, e->port_event));
		break;
	default:
		recovery_print(e);
	}
	putchar('\n');
	fflush(stdout);
}

void event_tell(const struct request *r, const struct nfha_event *e)
{
	const char *name = NAME_OF(event_names, e->cmd);

	if (r->json)
		event_json(r, e, name);
	else
		event_print(e, name);
}

/* 1 when the event is the one that is waited for. */
static int event_take(const struct nfha_event *e, void *data)
{
	const struct request *r = data;
	const char *name = NAME_OF(event_names, e->cmd);

	if (r->service.name[0] &&
	    strcmp(r->service.name, e->service) != 0)
		return 0;
	event_tell(r, e);
	return r->until && !strcmp(r->until, name);
}

/* Who waits for an event has not got it; who only listens has heard what there was. */
static int timeout_end(const struct request *r)
{
	bool whole = r->timeout_ms % 1000 == 0;

	if (!r->until)
		return 0;
	fprintf(stderr, "nfhactl: %s: no %s%s%s within %u %s\n", r->command,
		r->until, r->service.name[0] ? " of service " : "",
		r->service.name, whole ? r->timeout_ms / 1000 : r->timeout_ms,
		whole ? "s" : "ms");
	return EXIT_REFUSED;
}

int events_read(struct nfha *h, const struct request *r, nfha_event_fn fn,
		void *data)
{
	uint64_t end = now_ms(CLOCK_MONOTONIC) + r->timeout_ms;
	int ret = 0;

	while (!ret) {
		int64_t left = end - now_ms(CLOCK_MONOTONIC);

		if (r->timeout_ms && left <= 0)
			return timeout_end(r);
		/* A long timeout takes more than one wait. */
		if (left > INT_MAX)
			left = INT_MAX;
		ret = nfha_event_read(h, r->timeout_ms ? left : -1, fn, data);
		if (ret == -EINTR || ret == -ETIMEDOUT)
			ret = 0;
		if (ret == -ENOBUFS) {
			fputs("nfhactl: events were lost; look at the objects again\n",
			      stderr);
			/* The one that is waited for may be among them. */
			if (r->until)
				return EXIT_REFUSED;
			ret = 0;
		}
	}
	return ret < 0 ? refused(h, r, ret) : 0;
}

static int run_monitor(struct nfha *h, struct request *r)
{
	int ret = nfha_event_subscribe(h);

	if (ret)
		return refused(h, r, ret);
	if (r->service.name[0] &&
	    nfha_service_get(h, r->service.name, &r->service) == -ENOENT)
		fprintf(stderr, "nfhactl: there is no service %s yet\n",
			r->service.name);
	/* Whoever waits for this line loses no event after it. */
	fputs("nfhactl: listening\n", stderr);
	return events_read(h, r, event_take, r);
}

const struct command monitor_commands[] = {
	{ "monitor", NULL,
	  "Show events as they come, or wait for one of a kind.", monitor_args,
	  run_monitor },
	{}
};
