// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The traffic of a test that changes everything under it, its VNFs, and who sees what
 * becomes of it. Knows nothing of nfha: it sends into devices, and looks at what comes out
 * of others.
 *
 *	o0l ... o3r	namespace OUT: the outside of four services, left and right
 *	v0Al ... v3Dr	namespace VNF: behind the devices of four instances of each
 *
 * Two threads, each on a CPU of its own, send from both sides; one is all of the VNFs: a
 * frame that comes in on one side leaves on the other, or is answered in a service with one
 * arm; and one is the outside. What they count is in the board, a file that the test maps
 * and writes to, too: struct board is its layout, in numbers of 64 bits.
 *
 * usage: crowd BOARD OUT VNF SEED
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"
#include "netns.h"

#define SOCKETS	64
#define SEEN	131072
#define BUFFER	(32 << 20)
#define FLOWS	96
#define BURST	8
#define COMPLAINTS 4096

enum { LEFT, RIGHT };
enum { SENDER0, SENDER1, VNF, OUT, THREADS };

struct slot {
	uint64_t on;		/* set by the test, like the next two */
	uint64_t one_armed;
	uint64_t may_double;
	uint64_t sent[CROWD_SENDERS];
	uint64_t unsent;
	uint64_t seen_vnf;
	uint64_t sent_vnf;
	uint64_t unsent_vnf;
	uint64_t seen_out;
	uint64_t doubled_vnf;
	uint64_t doubled_out;
};

struct instance {
	uint64_t forbidden;	/* set by the test: since when it gets nothing new, or 0 */
	uint64_t seen;
	uint64_t sent;
};

struct board {
	uint64_t paused;	/* set by the test, like the next three */
	uint64_t quit;
	uint64_t devices;	/* counts changes of devices */
	uint64_t pace;		/* microseconds between bursts */
	uint64_t is_paused[2];
	uint64_t knows[THREADS];	/* the change of devices that it has seen */
	uint64_t overrun[2];	/* frames that the VNFs and the outside have missed */
	uint64_t wrong;		/* complaints */
	struct slot slot[CROWD_SLOTS];
	struct instance instance[CROWD_SLOTS][CROWD_NAMES];
	uint64_t probe[CROWD_PROBES];	/* who has got it: slot * CROWD_NAMES + name + 1 */
	uint64_t said;
	char complaint[COMPLAINTS];
};

/**
 * struct end - a device and its socket
 * @fd: the socket, or -1
 * @ifindex: of the device, or 0 if there is none now
 * @slot: whose it is
 * @name: which instance's, from 0 on
 * @side: LEFT or RIGHT
 */
struct end {
	int fd;
	unsigned int ifindex;
	unsigned int slot;
	unsigned int name;
	unsigned int side;
};

static struct board *board;
static const char *netns[2];
static uint64_t first_seed;
static uint32_t seen[2][CROWD_SLOTS][CROWD_SENDERS][SEEN];
static pthread_mutex_t complaint_lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t get(const uint64_t *number)
{
	return __atomic_load_n(number, __ATOMIC_ACQUIRE);
}

static void set(uint64_t *number, uint64_t value)
{
	__atomic_store_n(number, value, __ATOMIC_RELEASE);
}

static void add(uint64_t *number, uint64_t n)
{
	__atomic_fetch_add(number, n, __ATOMIC_RELEASE);
}

static void count(uint64_t *number)
{
	add(number, 1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

__attribute__((format(printf, 1, 2)))
static void complain(const char *format, ...)
{
	va_list args;
	int n;

	pthread_mutex_lock(&complaint_lock);
	count(&board->wrong);
	va_start(args, format);
	n = vsnprintf(board->complaint + board->said, COMPLAINTS - board->said, format, args);
	va_end(args);
	if (board->said + n < COMPLAINTS)
		board->said += n;
	pthread_mutex_unlock(&complaint_lock);
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* o0l, or v0Al. */
static bool end_parse(const char *name, struct end *end)
{
	size_t length = strlen(name);
	char side;

	if ((name[0] != 'o' || length != 3) && (name[0] != 'v' || length != 4))
		return false;
	end->slot = name[1] - '0';
	end->name = name[0] == 'v' ? name[2] - 'A' : 0;
	side = name[length - 1];
	end->side = side == 'l' ? LEFT : RIGHT;
	return end->slot < CROWD_SLOTS && end->name < CROWD_NAMES &&
	       (side == 'l' || side == 'r');
}

static int end_open(unsigned int ifindex, bool receives)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = receives ? htons(ETH_P_ALL) : 0,
		.sll_ifindex = ifindex,
	};
	int fd, yes = 1, size = BUFFER;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		err(1, "packet socket");
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		err(1, "packet socket");
	/* The device may be gone by now. */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What the socket had no room for, nobody has seen. */
static void end_count(const struct end *end, uint64_t *overrun)
{
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	if (overrun && !getsockopt(end->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		add(overrun, stats.tp_drops);
}

static void end_close(struct end *end)
{
	close(end->fd);
	end->fd = -1;
}

static struct end *end_of(struct end *ends, unsigned int ifindex)
{
	unsigned int i;

	for (i = 0; i < SOCKETS; i++)
		if (ends[i].fd >= 0 && ends[i].ifindex == ifindex)
			return &ends[i];
	return NULL;
}

static void end_add(struct end *ends, const struct if_nameindex *device, bool receives)
{
	unsigned int i;

	for (i = 0; i < SOCKETS && ends[i].fd >= 0; i++)
		;
	if (i == SOCKETS)
		errx(1, "more than %u devices", SOCKETS);
	if (!end_parse(device->if_name, &ends[i]))
		return;
	ends[i].ifindex = device->if_index;
	ends[i].fd = end_open(device->if_index, receives);
}

/* Sockets of devices that are gone are closed, and new ones have one. */
static void ends_look(struct end *ends, uint64_t *knows, uint64_t *overrun, bool receives)
{
	uint64_t devices = get(&board->devices);
	struct if_nameindex *all, *device;
	unsigned int i;

	if (*knows == devices)
		return;
	all = if_nameindex();
	if (!all)
		err(1, "devices");
	for (i = 0; i < SOCKETS; i++) {
		if (ends[i].fd < 0)
			continue;
		end_count(&ends[i], overrun);
		for (device = all; device->if_index; device++)
			if (device->if_index == ends[i].ifindex)
				break;
		if (!device->if_index)
			end_close(&ends[i]);
	}
	for (device = all; device->if_index; device++)
		if (!end_of(ends, device->if_index))
			end_add(ends, device, receives);
	if_freenameindex(all);
	set(knows, devices);
}

static struct end *end_for(struct end *ends, unsigned int slot, unsigned int name,
			   unsigned int side)
{
	unsigned int i;

	for (i = 0; i < SOCKETS; i++)
		if (ends[i].fd >= 0 && ends[i].slot == slot && ends[i].name == name &&
		    ends[i].side == side)
			return &ends[i];
	return NULL;
}

static bool transmit(const struct end *end, const struct crowd_frame *frame, size_t size)
{
	struct pollfd poll_fd = { .events = POLLOUT };

	if (!end)
		return false;
	poll_fd.fd = end->fd;
	for (;;) {
		if (send(end->fd, frame, size, 0) == (ssize_t)size)
			return true;
		if (errno != EAGAIN || poll(&poll_fd, 1, 100) < 0)
			return false;
	}
}

/* Pieces go in any order, and on until the last. */
static void packet_send(const struct end *end, const struct crowd_shape *shape,
			unsigned int sender, uint32_t *number)
{
	static _Thread_local struct crowd_frame frame;
	unsigned int i, pieces = crowd_pieces(shape);
	struct slot *slot = &board->slot[shape->slot];
	struct crowd_mark mark = {
		.magic = CROWD_MAGIC,
		.slot = shape->slot,
		.sender = sender,
	};

	for (i = 0; i < pieces; i++) {
		unsigned int piece = (i + (shape->dice >> 4)) % pieces;
		size_t size;

		mark.number = ++*number;
		mark.since = now();
		size = crowd_build(&frame, shape, piece, &mark);
		if (transmit(end, &frame, size))
			add(&slot->sent[sender], crowd_packets(&frame));
		else
			add(&slot->unsent, crowd_packets(&frame));
	}
}

/* Of each flow one direction comes from one sender, and the other from the other one. */
static struct crowd_shape shape_choose(uint64_t *random, unsigned int slot, unsigned int sender)
{
	uint64_t dice = random_next(random);
	struct crowd_shape shape = {
		.slot = slot,
		.flow = dice % FLOWS,
		.kind = (dice >> 8) % 100,
		.dice = dice >> 24,
	};

	shape.reverse = !board->slot[slot].one_armed && (shape.flow + sender) % 2;
	/* One in sixteen is new. */
	if (!((dice >> 60) & 15))
		shape.flow = FLOWS + (dice >> 40) % 20000;
	return shape;
}

static void pause_or_wait(unsigned int sender)
{
	set(&board->is_paused[sender], get(&board->paused));
	usleep(get(&board->pace));
}

static void *sender_run(void *arg)
{
	unsigned int sender = (uintptr_t)arg, slot, i;
	uint64_t random = first_seed * 2 + sender + 1;
	uint32_t number[CROWD_SLOTS] = { 0 };
	struct end ends[SOCKETS];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sender, &cpus);
	/* On a machine with one CPU both are there. */
	sched_setaffinity(0, sizeof(cpus), &cpus);
	netns_must_enter(netns[0]);
	for (i = 0; i < SOCKETS; i++)
		ends[i].fd = -1;
	while (!get(&board->quit)) {
		ends_look(ends, &board->knows[sender], NULL, false);
		pause_or_wait(sender);
		for (slot = 0; slot < CROWD_SLOTS && !get(&board->paused); slot++) {
			if (!get(&board->slot[slot].on))
				continue;
			for (i = 0; i < BURST; i++) {
				struct crowd_shape shape =
					shape_choose(&random, slot, sender);

				packet_send(end_for(ends, slot, 0, shape.reverse),
					    &shape, sender, &number[slot]);
			}
		}
	}
	return NULL;
}

/* Has it been here before? What was cut into segments is known by the first. */
static bool is_double(unsigned int where, const struct crowd_mark *mark)
{
	uint32_t *place = &seen[where][mark->slot][mark->sender][mark->number % SEEN];
	bool is = !mark->piece && *place == mark->number;

	*place = mark->number;
	return is;
}

static void vnf_take(struct end *ends, const struct end *end, struct crowd_frame *frame,
		     size_t size, const struct crowd_mark *mark)
{
	struct instance *instance = &board->instance[end->slot][end->name];
	struct slot *slot = &board->slot[end->slot];
	uint64_t forbidden = get(&instance->forbidden);
	unsigned int packets = crowd_packets(frame);
	unsigned int side = end->side;

	if (mark->slot != end->slot)
		complain("a packet for service %u came to instance %c of %u\n",
			 mark->slot, 'A' + end->name, end->slot);
	if (forbidden && mark->since > forbidden)
		complain("instance %c of %u got a packet %llu us after it was to get none\n",
			 'A' + end->name, end->slot,
			 (unsigned long long)(mark->since - forbidden) / 1000);
	if (mark->sender == CROWD_SENDERS - 1)
		set(&board->probe[mark->number % CROWD_PROBES],
		    end->slot * CROWD_NAMES + end->name + 1);
	if (is_double(0, mark))
		count(&slot->doubled_vnf);
	add(&instance->seen, packets);
	if (get(&slot->one_armed))
		crowd_turn(frame);
	else
		side = !side;
	/* First it is counted here, so that it is never nowhere. */
	add(&slot->sent_vnf, packets);
	add(&instance->sent, packets);
	if (!transmit(end_for(ends, end->slot, end->name, side), frame, size))
		add(&slot->unsent_vnf, packets);
	add(&slot->seen_vnf, packets);
}

static void out_take(const struct end *end, const struct crowd_frame *frame,
		     const struct crowd_mark *mark)
{
	struct slot *slot = &board->slot[end->slot];

	if (mark->slot != end->slot)
		complain("a packet of service %u left by %u\n", mark->slot, end->slot);
	if (is_double(1, mark)) {
		count(&slot->doubled_out);
		if (!get(&slot->may_double))
			complain("service %u: packet %u of sender %u was seen outside twice\n",
				 end->slot, mark->number, mark->sender);
	}
	add(&slot->seen_out, crowd_packets(frame));
}

static void end_receive(struct end *ends, struct end *end, unsigned int who)
{
	static _Thread_local struct crowd_frame frame;
	struct crowd_mark mark;
	unsigned int i;
	ssize_t n;

	for (i = 0; i < 64; i++) {
		n = recv(end->fd, &frame, sizeof(frame), 0);
		if (n < 0)
			return;
		if (!crowd_read(&frame, n, &mark)) {
			/* Of devices that come up something else may come. */
			continue;
		}
		if (who == VNF)
			vnf_take(ends, end, &frame, n, &mark);
		else
			out_take(end, &frame, &mark);
	}
}

static void *receiver_run(void *arg)
{
	unsigned int who = (uintptr_t)arg, i;
	struct pollfd poll_fds[SOCKETS];
	struct end ends[SOCKETS];
	uint64_t *overrun = &board->overrun[who - VNF];

	netns_must_enter(netns[who == VNF]);
	for (i = 0; i < SOCKETS; i++)
		ends[i].fd = -1;
	while (!get(&board->quit)) {
		ends_look(ends, &board->knows[who], overrun, true);
		for (i = 0; i < SOCKETS; i++)
			poll_fds[i] = (struct pollfd) { .fd = ends[i].fd, .events = POLLIN };
		if (poll(poll_fds, SOCKETS, 10) <= 0)
			continue;
		for (i = 0; i < SOCKETS; i++)
			if (poll_fds[i].revents)
				end_receive(ends, &ends[i], who);
	}
	return NULL;
}

static struct board *board_map(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *memory;

	if (fd < 0 || ftruncate(fd, sizeof(struct board)))
		err(1, "%s", path);
	memory = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return memory;
}

int main(int argc, char **argv)
{
	static void *(*const run[THREADS])(void *) = {
		sender_run, sender_run, receiver_run, receiver_run,
	};
	pthread_t thread[THREADS];
	uintptr_t i;

	if (argc != 5)
		errx(2, "usage: crowd BOARD OUT VNF SEED");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	board = board_map(argv[1]);
	netns[0] = argv[2];
	netns[1] = argv[3];
	first_seed = strtoull(argv[4], NULL, 10);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, run[i], (void *)i))
			errx(1, "thread");
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
