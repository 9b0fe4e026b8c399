// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's socket: bytes, in pieces, become calls of methods of a daemon that is a
 * stub. An input is what a client sends, and two bytes that decide by chance. However it
 * is cut, the answers are the same, and each fits the interface.
 */

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_private.h"
#include "checkpoint.h"
#include "config.h"
#include "decision.h"
#include "fuzz.h"
#include "instance.h"
#include "nfhad.h"
#include "scale.h"
#include "scratch.h"
#include "service.h"
#include "spares.h"
#include "status.h"
#include "varlink_private.h"
#include "wraps.h"

#define INSTANCES 3
#define ANSWERS_MAX 1048576
#define SIZE_MAX_OF_INPUT 20000

/* What stubs answer. */
#define STATUS "{\"host\":\"h\",\"version\":\"1\",\"timeUs\":1,\"services\":[]}"
#define EXPLANATION "{\"service\":\"fw\",\"role\":\"active\",\"state\":\"idle\",\"sinceUs\":1,\"decisions\":[]}"

/* Who waits for a checkpoint. */
struct nfhad_checkpoint_ask {
	void (*fn)(void *data, int error, uint64_t epoch);
	void *data;
};

/**
 * struct answers - what a client has received
 * @size: of it
 * @data: it
 */
struct answers {
	size_t size;
	char data[ANSWERS_MAX];
};

static struct nfhad_instance_config instance_config[INSTANCES] = {
	{ .name = "A" }, { .name = "B" }, { .name = "C" },
};

static struct nfhad_service_config service_config[2] = {
	{ .name = "fw", .driver = NFHAD_DRIVER_CRIU }, { .name = "gone" },
};

static struct nfhad_instance instance[INSTANCES];
static struct nfhad_service service[2] = {
	{ .config = &service_config[0], .started = true, .instances = INSTANCES,
	  .instance = instance },
	{ .config = &service_config[1] },
};

static struct nfhad_service *services[2] = { &service[0], &service[1] };
static struct nfhad nfhad = { .services = 2, .service = services };
static struct nfhad_checkpoint *some_checkpoint = (struct nfhad_checkpoint *)&nfhad;
static struct nfhad_checkpoint_ask *ask;
static struct answers once, again;
static bool may_change;

/* In place of a real socket, and of those who do what is asked for. */
int nfhad_socket_open(const char *path, gid_t group, struct nfhad_socket *socket)
{
	(void)path;
	(void)group;
	socket->fd = eventfd(0, EFD_CLOEXEC);
	return 0;
}

void nfhad_socket_close(struct nfhad_socket *socket)
{
	close(socket->fd);
}

int nfhad_socket_peer(int fd, gid_t group, uid_t *uid, bool *may)
{
	(void)fd;
	(void)group;
	*uid = 4711;
	*may = may_change;
	return 0;
}

struct json_object *nfhad_status_service_json(struct nfhad *d,
					      const struct nfhad_service *of)
{
	must(d == &nfhad && (!of || of == &service[0] || of == &service[1]));
	return json_tokener_parse(STATUS);
}

struct json_object *nfhad_status_explain_json(const struct nfhad_instance *i)
{
	struct json_object *o = json_tokener_parse(EXPLANATION);

	json_object_object_add(o, "instance", json_object_new_string(i->config->name));
	return o;
}

struct nfhad_service *nfhad_service_find(const struct nfhad *d, const char *name)
{
	size_t n;

	for (n = 0; n < d->services; n++)
		if (!strcmp(d->service[n]->config->name, name))
			return d->service[n];
	return NULL;
}

struct nfhad_instance *nfhad_service_instance(const struct nfhad_service *of,
					      const char *name)
{
	size_t n;

	for (n = 0; n < of->instances; n++)
		if (!strcmp(of->instance[n].config->name, name))
			return &of->instance[n];
	return NULL;
}

bool nfhad_instance_works(const struct nfhad_instance *i)
{
	return i->state == NFHAD_INSTANCE_ACTIVE;
}

void nfhad_instance_failed(struct nfhad_instance *i, const char *why)
{
	must(may_change && nfhad_instance_works(i) && *why);
}

static int scaled(const char *cause, struct nfhad_refusal *refusal)
{
	must(may_change && *cause);
	snprintf(refusal->text, sizeof(refusal->text), "not now");
	return -EBUSY;
}

int nfhad_scale_out(struct nfhad_service *of, struct nfhad_instance *from,
		    const char *cause, struct nfhad_refusal *refusal)
{
	(void)from;
	must(of->started);
	return scaled(cause, refusal);
}

int nfhad_scale_in(struct nfhad_service *of, struct nfhad_instance *leaving,
		   uint32_t deadline_ms, const char *cause,
		   struct nfhad_refusal *refusal)
{
	must(of->started);
	return leaving && deadline_ms ? 0 : scaled(cause, refusal);
}

bool nfhad_spares_apart(const struct nfhad_instance *i,
			const struct nfhad_instance *master)
{
	return i != master;
}

struct nfhad_instance *nfhad_spares_backup(const struct nfhad_instance *master,
					   char *why, size_t size)
{
	(void)master;
	snprintf(why, size, "nobody");
	return NULL;
}

struct nfhad_checkpoint_ask *
nfhad_checkpoint_ask(struct nfhad_instance *i,
		     void (*fn)(void *data, int error, uint64_t epoch), void *data)
{
	must(may_change && i->checkpoint && !ask);
	ask = calloc(1, sizeof(*ask));
	ask->fn = fn;
	ask->data = data;
	return ask;
}

void nfhad_checkpoint_unask(struct nfhad_checkpoint_ask *one)
{
	must(one == ask);
	free(ask);
	ask = NULL;
}

static void checkpoint_made(void)
{
	struct nfhad_checkpoint_ask *one = ask;

	if (!one)
		return;
	ask = NULL;
	one->fn(one->data, 0, 5);
	free(one);
}

/* What is answered is what the interface has. */
static bool fits(enum nfhad_idl_part part, const char *name,
		 struct json_object *parameters)
{
	size_t length = strlen(API_INTERFACE);
	int n = strncmp(name, API_INTERFACE ".", length + 1) ? 0 : 1;
	struct json_object *o = parameters ? json_object_get(parameters) :
					     json_object_new_object();
	char wrong[NFHAD_IDL_PATH_MAX + 1];
	bool ret;

	ret = nfhad_idl_check(nfhad.api->idl[n], part, strrchr(name, '.') + 1, o, wrong);
	json_object_put(o);
	return ret;
}

void __wrap_nfhad_varlink_reply(struct nfhad_varlink_call *call,
				struct json_object *parameters)
{
	must(fits(NFHAD_IDL_REPLY, nfhad_varlink_method(call), parameters));
	__real_nfhad_varlink_reply(call, parameters);
}

void __wrap_nfhad_varlink_error(struct nfhad_varlink_call *call, const char *name,
				struct json_object *parameters)
{
	must(fits(NFHAD_IDL_ERROR, name, parameters));
	__real_nfhad_varlink_error(call, name, parameters);
}

/* Everything that can be done is done; what is answered is read. */
static void settle(int fd, struct answers *answers)
{
	ssize_t n;

	do {
		while (sd_event_run(nfhad.event, 0) > 0)
			;
		checkpoint_made();
		n = recv(fd, answers->data + answers->size,
			 sizeof(answers->data) - answers->size, MSG_DONTWAIT);
		if (n > 0)
			answers->size += n;
	} while (n > 0 || ask);
}

/* @step: of the pieces; 0: all at once. */
static void talk(const uint8_t *data, size_t size, size_t step, struct answers *answers)
{
	size_t n;
	int fd[2];

	must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd));
	answers->size = 0;
	must(!nfhad_varlink_link_new(nfhad.api->varlink, fd[0]));
	for (; size; data += n, size -= n) {
		n = step && step < size ? step : size;
		if (send(fd[1], data, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
		settle(fd[1], answers);
	}
	shutdown(fd[1], SHUT_WR);
	settle(fd[1], answers);
	close(fd[1]);
	while (sd_event_run(nfhad.event, 0) > 0)
		;
	must(!nfhad_api_counts(nfhad.api)->now);
}

/* Objects of JSON, each with its byte of zero. */
static void check_answers(const struct answers *answers)
{
	const char *at = answers->data, *end = at + answers->size, *zero;
	struct json_object *o;

	for (; at < end; at = zero + 1) {
		zero = memchr(at, 0, end - at);
		must(zero);
		o = json_tokener_parse(at);
		must(json_object_is_type(o, json_type_object));
		must(json_object_object_get(o, "parameters"));
		json_object_put(o);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct nfhad_api_config config;
	size_t n;

	(void)argc;
	(void)argv;
	for (n = 0; n < INSTANCES; n++) {
		instance[n].service = &service[0];
		instance[n].config = &instance_config[n];
		instance[n].state = NFHAD_INSTANCE_IDLE;
	}
	instance[0].state = NFHAD_INSTANCE_ACTIVE;
	instance[0].checkpoint = some_checkpoint;
	must(sd_event_new(&nfhad.event) >= 0);
	nfhad.decisions = nfhad_decisions_new();
	must(nfhad.decisions);
	nfhad_decision_add(nfhad.decisions, "fw", "A", NFHAD_ACTION_START, "why not");
	nfhad_decision_add(nfhad.decisions, "fw", NULL, NFHAD_ACTION_SPLIT, "because");
	must(!nfhad_api_open(&nfhad, &config));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size };
	uint16_t step;

	may_change = !(take_u8(&in) & 1);
	step = 1 + take_u8(&in);
	if (in.size > SIZE_MAX_OF_INPUT)
		return 0;
	talk(in.data, in.size, 0, &once);
	check_answers(&once);
	talk(in.data, in.size, step, &again);
	must(once.size == again.size && !memcmp(once.data, again.data, once.size));
	return 0;
}
