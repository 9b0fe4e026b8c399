// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic source: TCP and UDP flows with heavy-tailed lifetimes to an echo
 * server. Flows arrive at exponential intervals; lifetimes are bounded Pareto
 * (shape 1.2, at most 60 s, mean 5 s), heavy-tailed as Lee and Brownlee measured
 * ("Passive measurement of one-way and two-way flow lifetimes", 2007).
 * Each flow sends a numbered record a second and wants it back unaltered.
 *
 * usage: source ADDRESS RATES SEED REPORT STATUS RTT
 *	RATES, "48,160,48", are new flows a second: the first until SIGUSR1 comes,
 *	then the next. After the last one, or SIGTERM, there are none, and it ends with
 *	the flows that are left. RTT gets the median round trip of each half second,
 *	milliseconds
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FLOWS_MAX	65536
#define RECORD		64
#define INTERVAL_MS	1000
#define PATIENCE_MS	20000
#define UDP_RETRY_MS	2000
#define UDP_TRIES	6
#define UDP_SHARE	0.2
#define SOURCES		8
#define PORTS		4
#define FIRST_PORT	7000
#define TICK_MS		10
#define WHEEL		8192
#define RATES_MAX	8
#define LIFE_SHAPE	1.2
#define LIFE_MIN	1.594
#define LIFE_MAX	60.0

/**
 * struct flow - one flow
 * @fd: socket, -1 if there is no flow
 * @udp: else TCP
 * @number: of the flow, in every record
 * @sent: records sent
 * @got: bytes of the record that is due that have come back
 * @waiting: a record, or the connection, is due
 * @tries: of the record, UDP
 * @asked_ms: when the record was sent
 * @asked_us: the same, more exactly
 * @end_ms: when the flow is to end
 * @next: in its slot of the wheel
 */
struct flow {
	int fd;
	int udp;
	uint64_t number;
	uint32_t sent;
	unsigned int got;
	int waiting;
	unsigned int tries;
	uint64_t asked_ms;
	uint64_t asked_us;
	uint64_t end_ms;
	struct flow *next;
};

static struct flow flows[FLOWS_MAX];
static struct flow *free_flow;
static struct flow *wheel[WHEEL];
static uint64_t wheel_tick;
static int epoll;
static struct sockaddr_in server;
static uint64_t total, ended, broken, resent, active;
static unsigned short rng[3];
static FILE *reasons;

static double rates[RATES_MAX];
static volatile sig_atomic_t phase, phases;

#define SAMPLES_MAX 4096

static double samples[SAMPLES_MAX];
static unsigned int sampled;

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

static int sample_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void samples_write(FILE *rtt, uint64_t start, uint64_t now)
{
	if (!sampled)
		return;
	qsort(samples, sampled, sizeof(*samples), sample_compare);
	fprintf(rtt, "%.1f %.3f\n", (now - start) / 1000.0,
		samples[sampled / 2]);
	sampled = 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

/* Inverse of the bounded Pareto distribution. */
static double lifetime(void)
{
	double ratio = pow(LIFE_MIN / LIFE_MAX, LIFE_SHAPE);
	double u = erand48(rng);

	return LIFE_MIN / pow(1 - u * (1 - ratio), 1 / LIFE_SHAPE);
}

static void wake_at(struct flow *f, uint64_t ms)
{
	uint64_t tick = ms / TICK_MS;

	if (tick <= wheel_tick)
		tick = wheel_tick + 1;
	if (tick >= wheel_tick + WHEEL)
		tick = wheel_tick + WHEEL - 1;
	f->next = wheel[tick % WHEEL];
	wheel[tick % WHEEL] = f;
}

static void flow_end(struct flow *f, const char *why)
{
	if (why) {
		broken++;
		fprintf(reasons, "flow %llu %s after %u records: %s\n",
			(unsigned long long)f->number, f->udp ? "udp" : "tcp",
			f->sent, why);
	}
	ended++;
	active--;
	/* It stays in the wheel until its slot comes, and is free then. */
	close(f->fd);
	f->fd = -1;
}

static void record_make(const struct flow *f, uint8_t *record)
{
	uint64_t number = f->number;
	uint32_t n = f->sent;
	unsigned int i;

	memcpy(record, &number, 8);
	memcpy(record + 8, &n, 4);
	for (i = 12; i < RECORD; i++)
		record[i] = number * 31 + n * 7ULL + i;
}

static void record_send(struct flow *f, uint64_t now, int again)
{
	uint8_t record[RECORD];

	if (!again) {
		f->sent++;
		f->tries = 0;
	}
	f->tries++;
	f->got = 0;
	f->waiting = 1;
	f->asked_ms = now;
	f->asked_us = now_us();
	record_make(f, record);
	if (send(f->fd, record, RECORD, MSG_NOSIGNAL) != RECORD &&
	    errno != EAGAIN)
		flow_end(f, strerror(errno));
}

static int socket_open(int udp)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int on = 1, fd;

	fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(0x0a010001 + total % SOURCES);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (!udp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	server.sin_port = htons(FIRST_PORT + total / SOURCES % PORTS);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    (connect(fd, (struct sockaddr *)&server, sizeof(server)) &&
	     errno != EINPROGRESS)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void flow_begin(uint64_t now)
{
	struct flow *f = free_flow;
	struct epoll_event event = { .data.ptr = f };
	int udp = erand48(rng) < UDP_SHARE;
	double life = lifetime();

	if (!f) {
		fputs("source: too many flows\n", stderr);
		exit(2);
	}
	f->fd = socket_open(udp);
	if (f->fd < 0) {
		fprintf(stderr, "source: socket: %s\n", strerror(errno));
		exit(2);
	}
	free_flow = f->next;
	f->udp = udp;
	f->number = total++;
	f->sent = 0;
	f->waiting = !udp;
	f->asked_ms = now;
	f->end_ms = now + life * 1000;
	active++;
	event.events = udp ? EPOLLIN : EPOLLOUT;
	epoll_ctl(epoll, EPOLL_CTL_ADD, f->fd, &event);
	if (udp)
		record_send(f, now, 0);
	wake_at(f, now + INTERVAL_MS);
}

/* A connection is there, or will never be. */
static void flow_connected(struct flow *f, uint64_t now)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = f };
	socklen_t len = sizeof(int);
	int error = 0;

	getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		flow_end(f, strerror(error));
		return;
	}
	epoll_ctl(epoll, EPOLL_CTL_MOD, f->fd, &event);
	record_send(f, now, 0);
}

static void flow_read(struct flow *f)
{
	uint8_t record[RECORD], in[RECORD];
	ssize_t n = recv(f->fd, in, f->udp ? RECORD : RECORD - f->got, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		flow_end(f, n ? strerror(errno) : "closed by the other end");
		return;
	}
	if (f->udp && f->got == RECORD)
		return;
	record_make(f, record);
	if (memcmp(in, record + f->got, n) != 0) {
		/* A late answer to a record that was sent twice is none. */
		if (!f->udp)
			flow_end(f, "data altered");
		return;
	}
	f->got += n;
	if (f->got != RECORD)
		return;
	f->waiting = 0;
	if (sampled < SAMPLES_MAX)
		samples[sampled++] = (now_us() - f->asked_us) / 1000.0;
}

static void flow_wake(struct flow *f, uint64_t now)
{
	if (f->fd < 0) {
		f->next = free_flow;
		free_flow = f;
		return;
	}
	if (f->waiting && f->udp && now - f->asked_ms >= UDP_RETRY_MS) {
		resent++;
		if (f->tries == UDP_TRIES)
			flow_end(f, "no answer");
		else
			record_send(f, now, 1);
	} else if (f->waiting && now - f->asked_ms >= PATIENCE_MS) {
		flow_end(f, f->sent ? "no answer" : "no connection");
	} else if (!f->waiting && now >= f->end_ms) {
		flow_end(f, NULL);
	} else if (!f->waiting) {
		record_send(f, now, 0);
	}
	wake_at(f, now + INTERVAL_MS);
}

static void wheel_turn(uint64_t now)
{
	while (wheel_tick < now / TICK_MS) {
		struct flow *f = wheel[++wheel_tick % WHEEL], *next;

		wheel[wheel_tick % WHEEL] = NULL;
		for (; f; f = next) {
			next = f->next;
			flow_wake(f, now);
		}
	}
}

static void status_write(const char *path, uint64_t start, uint64_t now,
			 double rate)
{
	char new[256];
	FILE *file;

	snprintf(new, sizeof(new), "%s.new", path);
	file = fopen(new, "we");
	if (!file)
		return;
	fprintf(file, "%llu %llu %llu %llu %llu %g\n",
		(unsigned long long)(now - start) / 1000,
		(unsigned long long)active, (unsigned long long)total,
		(unsigned long long)broken, (unsigned long long)resent,
		rate);
	fclose(file);
	rename(new, path);
}

static void sockets_serve(uint64_t now)
{
	struct epoll_event events[256];
	int i, n = epoll_wait(epoll, events, 256, TICK_MS);

	for (i = 0; i < n; i++) {
		struct flow *f = events[i].data.ptr;

		if (f->fd < 0)
			continue;
		if (!f->udp && !f->sent)
			flow_connected(f, now);
		else
			flow_read(f);
	}
}

static void on_signal(int signal)
{
	if (signal == SIGTERM)
		phase = phases;
	else if (phase < phases)
		phase++;
}

/* Arrivals have no memory: with another rate they begin anew. */
static double next_arrival(double after, double rate)
{
	return after - log(1 - erand48(rng)) / rate * 1000;
}

static void run(const char *status, FILE *rtt)
{
	uint64_t start = now_ms(), now = start, said = 0;
	double arrival = start;
	int was = 0, is = 0;

	wheel_tick = start / TICK_MS;
	while (is < phases || active) {
		sockets_serve(now);
		now = now_ms();
		is = phase;
		if (is != was && is < phases)
			arrival = next_arrival(now, rates[is]);
		was = is;
		while (is < phases && arrival <= now) {
			flow_begin(now);
			arrival = next_arrival(arrival, rates[is]);
		}
		wheel_turn(now);
		if (now / 500 != said) {
			said = now / 500;
			status_write(status, start, now,
				     is < phases ? rates[is] : 0);
			samples_write(rtt, start, now);
		}
	}
}

/* Returns 0 if one of them is no rate, or there are too many. */
static int rates_take(char *text)
{
	char *word, *end;

	while ((word = strsep(&text, ","))) {
		if (phases == RATES_MAX)
			return 0;
		rates[phases] = strtod(word, &end);
		if (*end || !(rates[phases] > 0))
			return 0;
		phases++;
	}
	return phases;
}

int main(int argc, char **argv)
{
	struct rlimit files = { FLOWS_MAX, FLOWS_MAX };
	unsigned long seed;
	FILE *report, *rtt;
	int i;

	if (argc != 7 || !rates_take(argv[2])) {
		fputs("usage: source ADDRESS RATES SEED REPORT STATUS RTT\n",
		      stderr);
		return 2;
	}
	signal(SIGUSR1, on_signal);
	signal(SIGTERM, on_signal);
	server.sin_family = AF_INET;
	if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1)
		return 2;
	seed = strtoul(argv[3], NULL, 10);
	memcpy(rng, &seed, sizeof(rng));
	setrlimit(RLIMIT_NOFILE, &files);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = FLOWS_MAX - 1; i >= 0; i--) {
		flows[i].fd = -1;
		flows[i].next = free_flow;
		free_flow = &flows[i];
	}
	report = fopen(argv[4], "we");
	rtt = fopen(argv[6], "we");
	reasons = stderr;
	if (!report || !rtt || epoll < 0)
		return 2;
	run(argv[5], rtt);
	fprintf(report, "%llu %llu %llu\n", (unsigned long long)total,
		(unsigned long long)broken, (unsigned long long)resent);
	fclose(report);
	fclose(rtt);
	return 0;
}
