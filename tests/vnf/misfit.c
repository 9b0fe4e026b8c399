// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VNF with one thing that cannot be checkpointed, or none.
 *
 * usage: misfit THING
 *
 * Says "ready" when it has it, and then does nothing; exits with 4 if the kernel has no
 * such thing.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_xdp.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int nothing(void)
{
	return 0;
}

static int packet_ring(void)
{
	struct tpacket_req request = {
		.tp_block_size = 4096,
		.tp_block_nr = 4,
		.tp_frame_size = 2048,
		.tp_frame_nr = 8,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	if (fd < 0)
		return -1;
	return setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request,
			  sizeof(request));
}

static int xdp(void)
{
	return socket(AF_XDP, SOCK_RAW, 0);
}

static int uring(void)
{
	struct io_uring_params params = { 0 };

	return syscall(SYS_io_uring_setup, 4, &params);
}

static int tap(void)
{
	struct ifreq request = { .ifr_name = "tap0" };
	int fd = open("/dev/net/tun", O_RDWR);

	if (fd < 0)
		return -1;
	request.ifr_flags = IFF_TAP | IFF_NO_PI;
	return ioctl(fd, TUNSETIFF, &request);
}

/* A queue of number 7, as libnetfilter_queue makes it. */
static int nfqueue(void)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfg;
		struct nlattr attr;
		struct nfqnl_msg_config_cmd command;
	} message = {
		.nlh = {
			.nlmsg_len = sizeof(message),
			.nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.nfg.res_id = htons(7),
		.attr = {
			.nla_len = NLA_HDRLEN + sizeof(message.command),
			.nla_type = NFQA_CFG_CMD,
		},
		.command.command = NFQNL_CFG_CMD_BIND,
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr error;
	} reply;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	if (fd < 0 || send(fd, &message, sizeof(message), 0) < 0 ||
	    recv(fd, &reply, sizeof(reply), 0) < 0)
		return -1;
	errno = -reply.error.error;
	return errno ? -1 : 0;
}

/* As syslog() does, to a socket that somebody else has bound. */
static int connect_to(int type, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0)
		return -1;
	return connect(fd, (struct sockaddr *)&address, sizeof(address));
}

static int unix_datagram(void)
{
	return connect_to(SOCK_DGRAM, "/tmp/nfha-misfit-datagram");
}

static int unix_stream(void)
{
	return connect_to(SOCK_STREAM, "/tmp/nfha-misfit-stream");
}

/* Between two processes of the tree there is nothing to be said against. */
static int unix_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int namespace_open(void)
{
	return open("/proc/self/ns/net", O_RDONLY);
}

static int mounts(void)
{
	return unshare(CLONE_NEWNS);
}

static int huge_pages(void)
{
	return prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

/* In a child; the tree is looked at, and not its first process alone. */
static int in_child(void)
{
	int fd;

	if (fork())
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = xdp();
	if (fd < 0)
		return -1;
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}

static const struct {
	const char *name;
	int (*make)(void);
} things[] = {
	{ "nothing", nothing },
	{ "packet_ring", packet_ring },
	{ "xdp", xdp },
	{ "uring", uring },
	{ "tap", tap },
	{ "nfqueue", nfqueue },
	{ "unix_datagram", unix_datagram },
	{ "unix_stream", unix_stream },
	{ "unix_pair", unix_pair },
	{ "namespace", namespace_open },
	{ "mounts", mounts },
	{ "huge_pages", huge_pages },
	{ "child", in_child },
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 2 && things[i].name; i++) {
		if (strcmp(argv[1], things[i].name) != 0)
			continue;
		if (things[i].make() < 0) {
			printf("%s: %s\n", argv[1], strerror(errno));
			return 4;
		}
		if (things[i].make != in_child)
			printf("ready\n");
		fflush(stdout);
		for (;;)
			pause();
	}
	return 2;
}
