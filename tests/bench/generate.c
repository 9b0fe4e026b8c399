// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends packets of many flows and says how long a packet took, all the way to
 * where it ends. Meant for a machine with one CPU and virtual time: what the
 * clock shows then is the number of instructions.
 */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/ether.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "epochs.h"
#include "packet.h"

#define BATCH 64

/* Far apart in the order of the flows; a prime, so that all have their turn. */
#define STRIDE 7919

/* A queue that holds packets back leaves them with their socket. */
#define SEND_BUFFER (64 << 20)

/* Turns to give way to the softirq thread when an epoch has been let out, or it
 * would have to share the processor with what fills its backlog.
 */
#define GIVE_WAY 8

/* Turns to give way to the softirq thread before packets count as lost. */
#define PATIENCE 10000

/* Seconds until whoever waits for another sender, who has failed, ends. */
#define TIME_LIMIT 600

static const char usage[] =
"usage: generate [OPTION...] DEVICE MAC ADDRESS PORT\n"
"  -n FLOWS    number of flows (1)\n"
"  -a FIRST    number of the first one (0)\n"
"  -c PACKETS  in each round (as many as there are flows)\n"
"  -r ROUNDS   print a figure for each (1)\n"
"  -s          new flows in each round\n"
"  -t FLAGS    TCP with these flags, a number, in place of UDP\n"
"  -b          backwards, from the server to the clients\n"
"  -e WHAT     nfha:NETNS:SERVICE:INSTANCE or plug:NETNS:DEVICE closes epochs,\n"
"  -p PACKETS  each of so many (1024), and all is let out at the end\n"
"  -i INPUTS   devices that a packet comes in by on its way (2)\n"
"  -j CPUS     as many send all of it, each on a processor of its own (1)\n";

struct options {
	struct traffic traffic;
	uint32_t flows;
	uint32_t first;
	uint32_t packets;
	uint32_t rounds;
	bool new_flows;
	unsigned int inputs;
	struct epochs *epochs;
	uint32_t period;
	unsigned int cpus;
};

/* All senders wait there, and a processor whose sender waits does nothing. */
static pthread_barrier_t *barrier;
/* Where this sender runs. */
static unsigned int cpu;

static struct frame frames[BATCH];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Packets that this processor has received, whatever the namespace. */
static uint32_t received(void)
{
	unsigned int processed = 0, line;
	FILE *file = fopen("/proc/net/softnet_stat", "r");

	if (!file)
		err(1, "softnet_stat");
	for (line = 0; line <= cpu; line++)
		if (fscanf(file, "%x%*[^\n]", &processed) != 1)
			err(1, "softnet_stat");
	fclose(file);
	return processed;
}

/* QEMU that counts instructions lets the other processor run when this one says so. */
static void give_way(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile ("yield");
#endif
}

static void epoch_close(struct epochs *epochs)
{
	unsigned int i;

	epochs_step(epochs);
	for (i = 0; i < GIVE_WAY; i++)
		sched_yield();
}

static void send_packets(int fd, const struct options *o)
{
	uint64_t place = 0;
	uint32_t sent = 0;

	while (sent < o->packets) {
		unsigned int n = o->packets - sent < BATCH ?
				 o->packets - sent : BATCH;
		unsigned int i;

		for (i = 0; i < n; i++) {
			frame_set_flow(&frames[i], &o->traffic,
				       o->first + place % o->flows);
			place += STRIDE;
		}
		if (sendmmsg(fd, messages, n, 0) != (int)n)
			err(1, "send");
		sent += n;
		if (barrier)
			give_way();
		if (o->epochs && sent / o->period != (sent - n) / o->period)
			epoch_close(o->epochs);
	}
	if (o->epochs)
		epochs_end(o->epochs);
}

/* Nanoseconds for each packet of all senders. */
static double measure(int fd, const struct options *o)
{
	uint32_t before = received();
	unsigned int turns;
	uint64_t start;

	if (barrier)
		pthread_barrier_wait(barrier);
	start = now();
	send_packets(fd, o);
	for (turns = 0; received() - before < o->packets * o->inputs; turns++) {
		if (turns == PATIENCE)
			errx(1, "%u packets were received %u times, not %u times each",
			     o->packets, received() - before, o->inputs);
		sched_yield();
	}
	if (barrier)
		pthread_barrier_wait(barrier);
	return (double)(now() - start) / o->packets / o->cpus;
}

static void cpu_keep(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "processor %u", cpu);
}

/* Makes the other senders. Those behind the first one have further processors. */
static void senders_make(unsigned int cpus)
{
	pthread_barrierattr_t shared;

	if (cpus == 1)
		return;
	barrier = mmap(NULL, sizeof(*barrier), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (barrier == MAP_FAILED)
		err(1, "memory");
	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(barrier, &shared, cpus);
	for (cpu = cpus - 1; cpu; cpu--) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid)
			break;
	}
}

static bool senders_end(void)
{
	int status;
	bool good = true;

	while (wait(&status) > 0)
		good &= !status;
	return good;
}

static void prepare(int fd, const struct options *o)
{
	int size = SEND_BUFFER;
	unsigned int i;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		err(1, "SO_SNDBUFFORCE");
	for (i = 0; i < BATCH; i++) {
		frame_init(&frames[i], &o->traffic);
		vectors[i].iov_base = &frames[i].eth;
		vectors[i].iov_len = FRAME_LEN;
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall");
}

static uint32_t to_number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (*end || end == text || n > UINT32_MAX)
		errx(1, "not a number: %s", text);
	return n;
}

static void parse_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "n:a:c:r:st:bi:e:p:j:")) != -1) {
		switch (c) {
		case 'n':
			o->flows = to_number(optarg);
			break;
		case 'a':
			o->first = to_number(optarg);
			break;
		case 'c':
			o->packets = to_number(optarg);
			break;
		case 'r':
			o->rounds = to_number(optarg);
			break;
		case 's':
			o->new_flows = true;
			break;
		case 't':
			o->traffic.proto = IPPROTO_TCP;
			o->traffic.tcp_flags = to_number(optarg);
			break;
		case 'b':
			o->traffic.reverse = true;
			break;
		case 'i':
			o->inputs = to_number(optarg);
			break;
		case 'e':
			o->epochs = epochs_open(optarg);
			break;
		case 'p':
			o->period = to_number(optarg);
			break;
		case 'j':
			o->cpus = to_number(optarg);
			break;
		default:
			errx(1, "%s", usage);
		}
	}
	if (argc - optind != 4 || !o->flows || !o->period || !o->cpus)
		errx(1, "%s", usage);
	if (!o->packets)
		o->packets = o->flows;
}

static void parse_server(char **argv, struct traffic *traffic)
{
	const struct ether_addr *mac = ether_aton(argv[1]);
	struct in_addr address;

	if (!mac || inet_pton(AF_INET, argv[2], &address) != 1)
		errx(1, "%s", usage);
	memcpy(traffic->mac, mac, ETH_ALEN);
	traffic->address = address.s_addr;
	traffic->port = htons(to_number(argv[3]));
}

int main(int argc, char **argv)
{
	struct options o = {
		.traffic.proto = IPPROTO_UDP,
		.flows = 1,
		.rounds = 1,
		.inputs = 2,
		.period = 1024,
		.cpus = 1,
	};
	uint32_t i;
	int fd;

	parse_options(argc, argv, &o);
	parse_server(argv + optind, &o.traffic);
	senders_make(o.cpus);
	cpu_keep();
	alarm(TIME_LIMIT);
	fd = packet_socket(argv[optind], true);
	prepare(fd, &o);
	for (i = 0; i < o.rounds; i++) {
		double nanoseconds = measure(fd, &o);

		if (!cpu)
			printf("%.1f\n", nanoseconds);
		if (o.new_flows)
			o.first += o.flows;
	}
	return !senders_end();
}
