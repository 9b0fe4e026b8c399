// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library on whatever the kernel may answer. An input is what is received, in up to
 * two datagrams, and four bytes that decide by chance.
 */

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <string.h>
#include <sys/eventfd.h>

#include "../../libnfha/handle.c"
#include "fuzz.h"
#include "wraps.h"

#define FAMILY 0x1234
#define GROUP 77
#define FLOWS 3

#define is_text(field) (strnlen(field, sizeof(field)) < sizeof(field))

/**
 * struct transport - in place of the kernel
 * @data: what is still to be received
 * @size: of it
 * @first: of the first datagram
 * @fd: can be read
 */
static struct {
	const uint8_t *data;
	size_t size;
	size_t first;
	int fd;
} transport;

static struct nfha *h;

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *data,
				 size_t len)
{
	(void)socket;
	must((const char *)data == h->out && len <= sizeof(h->out));
	return len;
}

/* Nothing behind what has been received is to be read. */
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *data,
				   size_t size)
{
	size_t n = transport.first;

	(void)socket;
	must(data == h->in && size == sizeof(h->in));
	ASAN_UNPOISON_MEMORY_REGION(h->in, sizeof(h->in));
	if (!transport.size) {
		errno = ENOBUFS;
		return -1;
	}
	if (!n || n > transport.size)
		n = transport.size;
	if (n > size)
		n = size;
	memcpy(data, transport.data, n);
	ASAN_POISON_MEMORY_REGION(h->in + n, sizeof(h->in) - n);
	transport.data += n;
	transport.size -= n;
	transport.first = 0;
	return n;
}

int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket)
{
	(void)socket;
	return transport.fd;
}

static void check_port(const struct nfha_port *port)
{
	must(is_text(port->ifname));
}

static int on_service(const struct nfha_service *s, void *data)
{
	unsigned int i;

	(void)data;
	must(is_text(s->name));
	must(s->ports <= NFHA_PORTS_MAX);
	for (i = 0; i < s->ports; i++)
		check_port(&s->port[i]);
	return 0;
}

static int on_instance(const struct nfha_instance *i, void *data)
{
	unsigned int n;

	(void)data;
	must(is_text(i->service) && is_text(i->name) && is_text(i->successor));
	must(i->ports <= 2);
	for (n = 0; n < i->ports; n++)
		check_port(&i->port[n]);
	return 0;
}

static int on_map(const struct nfha_map *map, void *data)
{
	unsigned int i;

	(void)data;
	must(is_text(map->service));
	for (i = 0; i < map->ranges; i++)
		must(is_text(map->range[i].instance));
	return 0;
}

static int on_flow(const struct nfha_flow *flow, void *data)
{
	(void)data;
	must(is_text(flow->instance));
	must(!flow->family || flow->family == 4 || flow->family == 6);
	return 0;
}

static int on_load(const struct nfha_load *load, void *data)
{
	(void)load;
	(void)data;
	return 0;
}

static int on_epoch(const struct nfha_epoch *e, void *data)
{
	(void)data;
	must(is_text(e->service) && is_text(e->instance) && is_text(e->successor) &&
	     is_text(e->backup));
	return 0;
}

static int on_event(const struct nfha_event *e, void *data)
{
	(void)data;
	must(is_text(e->service) && is_text(e->instance) && is_text(e->ifname) &&
	     is_text(e->backup) && is_text(e->overload_reason));
	return 0;
}

static int get_service(void)
{
	struct nfha_service service = { 0 };
	int ret = nfha_service_get(h, "s", &service);

	on_service(&service, NULL);
	return ret;
}

static int get_instance(void)
{
	struct nfha_instance instance = { 0 };
	int ret = nfha_instance_get(h, "s", "A", &instance);

	on_instance(&instance, NULL);
	return ret;
}

static int get_map(void)
{
	struct nfha_map *map;
	int ret = nfha_map_get(h, "s", &map);

	must(!ret || !map);
	if (map)
		on_map(map, NULL);
	nfha_map_free(map);
	return ret;
}

static int import_flows(void)
{
	static const struct nfha_flow flow[FLOWS] = {
		{ .family = 4 }, { .family = 6 }, { .family = 4 },
	};
	size_t done = 0;
	int ret = nfha_flow_import(h, "s", "A", flow, FLOWS, &done);

	must(done <= FLOWS);
	must(ret ? done < FLOWS : done == FLOWS);
	return ret;
}

static int get_flow(void)
{
	struct nfha_flow flow = { .family = 4 };
	int ret = nfha_flow_get(h, "s", &flow);

	on_flow(&flow, NULL);
	return ret;
}

static int delete_flow(void)
{
	uint32_t count;

	return nfha_flow_del(h, "s", NULL, "A", 0, &count);
}

static int get_epoch(void)
{
	struct nfha_epoch epoch = { 0 };
	int ret = nfha_epoch_get(h, "s", "A", &epoch);

	on_epoch(&epoch, NULL);
	return ret;
}

static int cut(void)
{
	uint64_t epoch;

	return nfha_epoch_cut(h, "s", "A", &epoch);
}

static int failover(void)
{
	struct nfha_takeover takeover = { 0 };
	int ret = nfha_failover(h, "s", "A", "B", &takeover);

	must(is_text(takeover.backup));
	return ret;
}

static int split(void)
{
	struct nfha_change change = {
		.set = ~UINT64_C(0), .service = "s", .from = "A", .to = "B",
	};
	struct nfha_changed changed;

	return nfha_split(h, &change, &changed);
}

/* An error may be about any byte of it. */
static int new_service(void)
{
	struct nfha_service service = {
		.set = ~UINT64_C(0), .name = "s", .ports = 2,
		.timeout = { [NFHA_A_TIMEOUTS_UDP] = 1 },
		.match = { .family = 4, .has_port = true },
		.port = { { .ifname = "l0" }, { .ifname = "r0", .has_mac = true } },
	};

	return nfha_service_new(h, &service);
}

static int find_family(void)
{
	int ret = family_find(h);

	h->family = FAMILY;
	return ret;
}

static int read_event(void)
{
	return nfha_event_read(h, 0, on_event, NULL);
}

static int dump_services(void) { return nfha_service_dump(h, on_service, NULL); }
static int dump_instances(void) { return nfha_instance_dump(h, "s", on_instance, NULL); }
static int dump_maps(void) { return nfha_map_dump(h, on_map, NULL); }
static int dump_flows(void) { return nfha_flow_dump(h, "s", NULL, on_flow, NULL); }
static int dump_loads(void) { return nfha_load_dump(h, "s", on_load, NULL); }
static int dump_epochs(void) { return nfha_epoch_dump(h, "s", on_epoch, NULL); }

/* Only at the end: the inputs that are kept have the place of their call in them. */
static int (*const calls[])(void) = {
	get_service, dump_services, get_instance, dump_instances, get_map, dump_maps,
	get_flow, dump_flows, delete_flow, import_flows, dump_loads, get_epoch,
	dump_epochs, cut, failover, split, new_service, find_family, read_event,
};

static bool nlh_ok(const struct nlmsghdr *nlh, int size)
{
	return size >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= (uint32_t)size;
}

/* Makes the messages answers to what is going to be asked. */
static void answers_make(uint8_t *data, int size, bool is_batch)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)data;
	unsigned int n = 0;

	for (; nlh_ok(nlh, size); nlh = mnl_nlmsg_next(nlh, &size)) {
		nlh->nlmsg_seq = h->seq + 1 + (is_batch ? n++ : 0);
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
			nlh->nlmsg_type = FAMILY;
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	h = calloc(1, sizeof(*h));
	must(h);
	transport.fd = eventfd(1, EFD_CLOEXEC);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .data = data, .size = size };
	uint8_t call = take_u8(&in) % (sizeof(calls) / sizeof(*calls));
	bool fits = !(take_u8(&in) & 1);
	size_t first = NLMSG_ALIGN(take_u16(&in));
	uint8_t *copy = malloc(in.size + 1);
	int ret;

	must(copy);
	memcpy(copy, in.data, in.size);
	h->family = FAMILY;
	h->seq = 100;
	if (fits)
		answers_make(copy, in.size, calls[call] == import_flows);
	transport.data = copy;
	transport.size = in.size;
	transport.first = first;
	ret = calls[call]();
	must(ret || !*nfha_error(h) || calls[call] == read_event);
	must(is_text(h->error));
	ASAN_UNPOISON_MEMORY_REGION(h->in, sizeof(h->in));
	h->error[0] = 0;
	free(copy);
	return 0;
}
