// SPDX-License-Identifier: GPL-2.0-or-later
/* One health check, done once. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_made.h"
#include "netns.h"
#include "probe_private.h"

/* An answer that is there comes before the end of the time for it, on a busy machine. */
#define ANSWER_PRIORITY (SD_EVENT_PRIORITY_NORMAL - 1)

/**
 * struct nfhad_probe - a health check that is being done
 * @program: asks a program, or NULL
 * @kind: how the network is asked
 * @wire: by what
 * @io: waits for @wire, or NULL
 * @done: told what was found
 * @data: for @done
 */
struct nfhad_probe {
	struct nfhad_probe_program *program;
	const struct nfhad_probe_kind *kind;
	struct nfhad_probe_wire wire;
	sd_event_source *io;
	nfhad_probe_fn done;
	void *data;
};

/* The daemon's own has no such name; what is adopted there has its checks there. */
int nfhad_probe_netns(const struct nfhad_probe_target *target)
{
	const char *name = target->check->netns ?: target->netns;
	int own, netns = nfhad_netns_open(name);

	if (netns != -ENOENT ||
	    strncmp(name, NFHAD_ATTACHED, strlen(NFHAD_ATTACHED)) != 0)
		return netns;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	return own;
}

static void probe_free(struct nfhad_probe *probe)
{
	nfhad_probe_program_cancel(probe->program);
	sd_event_source_disable_unref(probe->io);
	if (probe->wire.fd >= 0)
		close(probe->wire.fd);
	free(probe);
}

/* The probe is freed, so it is the last that a caller does. */
static void finish(struct nfhad_probe *probe, enum nfhad_probe_result result,
		   const char *why)
{
	nfhad_probe_fn done = probe->done;
	void *data = probe->data;

	probe_free(probe);
	done(data, result, why);
}

static void on_program(void *data, enum nfhad_probe_result result,
		       const char *why)
{
	struct nfhad_probe *probe = data;

	probe->program = NULL;
	finish(probe, result, why);
}

static void explain(char *why, const char *what, int error)
{
	snprintf(why, NFHAD_PROBE_WHY_MAX, "%s: %s", what,
		 nfhad_netns_error(error));
}

static int on_wire(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct nfhad_probe *probe = data;
	char why[NFHAD_PROBE_WHY_MAX] = "";
	const char *what;
	int ret = probe->kind->look(&probe->wire, &what);

	(void)source;
	(void)fd;
	(void)events;
	if (ret == -EINPROGRESS)
		return 0;
	if (ret)
		explain(why, what, ret);
	finish(probe, ret ? NFHAD_PROBE_BAD : NFHAD_PROBE_GOOD, why);
	return 0;
}

static bool address_of(const struct nfhad_check_config *check,
		       struct nfhad_probe_wire *wire)
{
	/* ICMP has none, and IPv6's raw sockets take none. */
	uint16_t port = check->kind == NFHAD_CHECK_TCP ? htons(check->port) : 0;

	if (inet_pton(AF_INET, check->address, &wire->to.four.sin_addr) == 1) {
		wire->to.four.sin_family = AF_INET;
		wire->to.four.sin_port = port;
		wire->length = sizeof(wire->to.four);
		return true;
	}
	memset(&wire->to, 0, sizeof(wire->to));
	wire->to.six.sin6_family = AF_INET6;
	wire->to.six.sin6_port = port;
	wire->length = sizeof(wire->to.six);
	return inet_pton(AF_INET6, check->address, &wire->to.six.sin6_addr) == 1;
}

/* Of the daemon, or of the machine, and nothing about the instance. */
static bool is_ours(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM ||
	       error == -ENOBUFS;
}

static int wire_open(const struct nfhad_probe_target *target,
		     const struct nfhad_probe_kind *kind,
		     struct nfhad_probe_wire *wire, const char **what)
{
	int netns;

	*what = "address";
	if (!address_of(target->check, wire))
		return -EINVAL;
	*what = "network namespace";
	netns = nfhad_probe_netns(target);
	if (netns < 0)
		return netns;
	*what = "socket in the network namespace";
	wire->fd = nfhad_netns_socket(netns, wire->to.any.sa_family,
				      kind->type | SOCK_NONBLOCK,
				      wire->to.any.sa_family == AF_INET ?
					      kind->protocol : kind->protocol6);
	close(netns);
	return wire->fd < 0 ? wire->fd : 0;
}

/* Sets @why if it is over. */
static int wire_start(sd_event *event, const struct nfhad_probe_target *target,
		      struct nfhad_probe *probe, char *why)
{
	const char *what;
	int ret = wire_open(target, probe->kind, &probe->wire, &what);

	if (is_ours(ret))
		return ret;
	ret = ret ?: probe->kind->ask(&probe->wire, &what);
	if (ret == -EINPROGRESS) {
		ret = sd_event_add_io(event, &probe->io, probe->wire.fd,
				      probe->kind->events, on_wire, probe);
		if (ret < 0)
			return ret;
		return sd_event_source_set_priority(probe->io, ANSWER_PRIORITY);
	}
	if (ret)
		explain(why, what, ret);
	return 0;
}

int nfhad_probe_start(sd_event *event, const struct nfhad_probe_target *target,
		      nfhad_probe_fn done, void *data, char *why,
		      struct nfhad_probe **out)
{
	struct nfhad_probe *probe = calloc(1, sizeof(*probe));
	int ret;

	*why = 0;
	*out = NULL;
	if (!probe)
		return -ENOMEM;
	probe->wire.fd = -1;
	probe->done = done;
	probe->data = data;
	if (target->check->kind == NFHAD_CHECK_EXEC) {
		ret = nfhad_probe_program_start(event, target, on_program, probe,
						&probe->program);
	} else {
		probe->kind = target->check->kind == NFHAD_CHECK_TCP ?
				      &nfhad_probe_tcp : &nfhad_probe_icmp;
		ret = wire_start(event, target, probe, why);
	}
	if (ret >= 0 && (probe->program || probe->io))
		*out = probe;
	else
		probe_free(probe);
	return ret < 0 ? ret : 0;
}

void nfhad_probe_cancel(struct nfhad_probe *probe)
{
	if (probe)
		probe_free(probe);
}
