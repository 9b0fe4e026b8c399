// SPDX-License-Identifier: GPL-2.0-or-later
/* What cannot be checkpointed is found in a process, and is named. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "diag.h"
#include "inspect.h"
#include "instance.h"
#include "lines.h"
#include "loop.h"
#include "netns.h"
#include "process.h"
#include "spaces.h"
#include "tcp.h"
#include "unit.h"

static struct nfhad_service_config service_config = { .name = "s" };
static struct nfhad_service service = { .config = &service_config };
static struct nfhad_instance_config config = { .name = "A", .netns = "here" };
static struct nfhad_instance instance = { .config = &config, .service = &service };
static sd_event *event;
static pid_t vnf;

static void on_exit_of(void *data)
{
	(void)data;
}

static void end(void)
{
	nfhad_process_free(instance.process);
	instance.process = NULL;
	kill(vnf, SIGKILL);
	waitpid(vnf, NULL, 0);
}

static void teardown(void)
{
	if (instance.process)
		end();
	sd_event_unref(event);
}

/* A process in "here" that does something before it waits; it has nothing else open. */
static void begin(int (*act)(void))
{
	int ready[2];
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	vnf = fork();
	ck_assert_int_ge(vnf, 0);
	if (!vnf) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		dup2(ready[1], 3);
		if (setsid() < 0 || nfhad_netns_enter("here") ||
		    close_range(4, ~0U, 0) || (act && act()))
			_exit(1);
		if (write(3, "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	ck_assert_int_eq(nfhad_process_adopt(event, vnf, 0, on_exit_of, NULL,
					     &instance.process), 0);
}

static void setup(void)
{
	ck_assert(world_make());
	/* The daemon is not where its instances are. */
	ck_assert(netns_make("host"));
	event = loop_open();
	/* What the loop and the way back are open for is so from the first time on. */
	begin(NULL);
	ck_assert_int_eq(nfhad_inspect(&instance), 0);
	end();
	silence();
}

static void refused_for(int (*act)(void), const char *why)
{
	int descriptors = count_descriptors();

	begin(act);
	ck_assert_int_eq(nfhad_inspect(&instance), -EOPNOTSUPP);
	ck_assert_msg(said(why), "not \"%s\"", why);
	end();
	ck_assert_int_eq(count_descriptors(), descriptors);
	silence();
}

/* What a VNF has open until it is killed. */
static int held[3];

/* Of what a server has, nothing is in the way. */
static int usual(void)
{
	int pair[2];

	if (listen_at("::1") < 0 || eventfd(0, 0) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	held[0] = socket(AF_NETLINK, SOCK_RAW, 0);
	held[1] = socket(AF_PACKET, SOCK_RAW, 0);
	held[2] = open("/dev/null", O_RDWR);
	return held[0] < 0 || held[1] < 0 || held[2] < 0;
}

START_TEST(a_usual_server_is_well)
{
	ck_assert_int_eq(nfhad_inspect(&instance), -ESRCH);
	begin(usual);
	ck_assert_int_eq(nfhad_inspect(&instance), 0);
	ck_assert(!said("<3>"));
}

static int ring(void)
{
	struct tpacket_req request = {
		.tp_block_size = 4096, .tp_block_nr = 1, .tp_frame_size = 2048, .tp_frame_nr = 2,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	return setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request));
}

static int other_netns(void)
{
	return unshare(CLONE_NEWNET);
}

static int other_mounts(void)
{
	return unshare(CLONE_NEWNS);
}

static int other_user(void)
{
	return unshare(CLONE_NEWUSER);
}

static int open_namespace(void)
{
	held[0] = open("/proc/self/ns/net", O_RDONLY);
	return held[0] < 0;
}

static int alien_socket(void)
{
	held[0] = socket(AF_ALG, SOCK_SEQPACKET, 0);
	return held[0] < 0;
}

START_TEST(what_is_in_the_way_is_named)
{
	refused_for(ring, "a packet socket with a ring");
	refused_for(other_netns, "a network namespace that is not here");
	refused_for(other_mounts, "a mount namespace that nfhad has not made");
	refused_for(other_user, "a user namespace of its own");
	refused_for(open_namespace, "a namespace that it has open (net:[");
}

static int tap(void)
{
	struct ifreq r = { .ifr_name = "t0", .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	return fd < 0 || ioctl(fd, TUNSETIFF, &r);
}

static int uring(void)
{
	struct io_uring_params params = {};

	return syscall(SYS_io_uring_setup, 4, &params) < 0;
}

static int faults(void)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY) < 0;
}

static bool can(int (*act)(void))
{
	pid_t pid = fork();
	int status = 1;

	if (!pid)
		_exit(act() ? 1 : 0);
	waitpid(pid, &status, 0);
	return !status;
}

/* A kernel may not have them. */
START_TEST(and_what_a_kernel_may_have)
{
	if (can(tap))
		refused_for(tap, "a tap or tun device");
	if (can(uring))
		refused_for(uring, "an io_uring");
	if (can(faults))
		refused_for(faults, "[userfaultfd], which CRIU does not know");
	if (can(alien_socket))
		refused_for(alien_socket, "a socket of family 38, which CRIU does not know");
}

/* As a program that logs has it: the other end is nobody of its own. */
static int logs(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/run/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	return connect(fd, (struct sockaddr *)&at, sizeof(at));
}

START_TEST(whom_it_is_connected_to)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/run/log" };
	int host = nfhad_netns_open("host"), here = nfhad_netns_open("here"), syslog;

	/* Its sockets are asked for where it is. */
	ck_assert_int_eq(setns(here, CLONE_NEWNET), 0);
	close(here);
	syslog = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(syslog, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(setns(host, CLONE_NEWNET), 0);
	close(host);
	refused_for(logs, "a Unix datagram socket that is connected to another program");
	close(syslog);
}

START_TEST(a_debugger_is_in_the_way)
{
	begin(NULL);
	ck_assert_int_eq(ptrace(PTRACE_SEIZE, vnf, NULL, NULL), 0);
	ck_assert_int_eq(nfhad_inspect(&instance), -EOPNOTSUPP);
	ck_assert(said("traces it, as a debugger does"));
	ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, vnf, NULL, NULL), 0);
	waitpid(vnf, NULL, __WALL);
	ptrace(PTRACE_DETACH, vnf, NULL, NULL);
}

START_TEST(where_the_daemon_is_nobody_is_saved)
{
	begin(NULL);
	config.netns = "host";
	ck_assert_int_eq(nfhad_inspect(&instance), -EOPNOTSUPP);
	ck_assert(said("host is the network namespace of nfhad itself"));
	config.netns = "nowhere";
	ck_assert_int_eq(nfhad_inspect(&instance), -ENOENT);
	config.netns = "here";
}

/* Who has not accepted it loses a connection, and a datagram that was not read. */
START_TEST(what_waits_is_seen)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(4000) };
	int server, client, diag, host = nfhad_netns_open("host");
	socklen_t size = sizeof(to);

	to.sin6_addr = in6addr_loopback;
	diag = nfhad_diag_open("here");
	ck_assert_int_ge(diag, 0);
	ck_assert_int_eq(nfhad_diag_queued(diag), 0);
	ck_assert_int_eq(nfhad_netns_enter("here"), 0);
	server = listen_at("::1");
	client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(nfhad_diag_queued(diag), 1);
	close(accept(server, NULL, NULL));
	ck_assert_int_eq(nfhad_diag_queued(diag), 0);
	close(client);
	client = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	to.sin6_port = 0;
	ck_assert_int_eq(bind(client, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(getsockname(client, (struct sockaddr *)&to, &size), 0);
	ck_assert_int_eq(sendto(client, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	ck_assert_int_eq(nfhad_diag_queued(diag), 1);
	close(client);
	close(server);
	close(diag);
	ck_assert_int_eq(setns(host, CLONE_NEWNET), 0);
	close(host);
	ck_assert_int_eq(nfhad_diag_open("nowhere"), -ENOENT);
}

/* Connections of an instance that has failed end, and nobody else's. */
START_TEST(connections_are_ended)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(4000) };
	int host = nfhad_netns_open("host"), server, client, accepted, own;
	char byte;

	to.sin6_addr = in6addr_loopback;
	own = listen_at("::1");
	ck_assert_int_eq(nfhad_netns_enter("here"), 0);
	ck_assert_int_eq(nfhad_tcp_abort("here"), 0);
	server = listen_at("::1");
	client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
	accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(accepted, 0);
	ck_assert_int_gt(nfhad_tcp_abort("here"), 0);
	ck_assert_int_eq(read(client, &byte, 1), -1);
	ck_assert_int_eq(nfhad_tcp_clear("here"), 0);
	ck_assert_int_eq(setns(host, CLONE_NEWNET), 0);
	close(client);
	client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(nfhad_tcp_prepare("here"), 0);
	ck_assert_int_eq(nfhad_tcp_prepare("nowhere"), -ENOENT);
	close(own);
	close(client);
	close(accepted);
	close(server);
	close(host);
}

int main(void)
{
	const TTest * const tests[] = {
		a_usual_server_is_well, what_is_in_the_way_is_named, and_what_a_kernel_may_have,
		whom_it_is_connected_to, a_debugger_is_in_the_way,
		where_the_daemon_is_nobody_is_saved, what_waits_is_seen, connections_are_ended,
	};

	if (!world_is_allowed()) {
		puts("1..0 # SKIP no namespaces can be made here");
		return 4;
	}
	return suite_run(suite_of("inspect", setup, teardown, tests, ARRAY_SIZE(tests)));
}
