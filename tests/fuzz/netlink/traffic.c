// SPDX-License-Identifier: GPL-2.0-or-later

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../vnf/checksum.h"
#include "dice.h"
#include "traffic.h"
#include "world.h"

/* Packets at once, and nanoseconds between: the processors are for others, too. */
#define BURST 16
#define PAUSE 2000000

#define FRAME_MAX 256

/**
 * struct frame - a packet in the making
 * @dice: all that is chance in it
 * @length: bytes so far
 * @bytes: these
 */
struct frame {
	struct dice *dice;
	size_t length;
	unsigned char bytes[FRAME_MAX];
};

static void put(struct frame *frame, const void *data, size_t length)
{
	memcpy(frame->bytes + frame->length, data, length);
	frame->length += length;
}

static void ethernet_put(struct frame *frame, uint16_t type)
{
	struct ether_header header = {
		.ether_dhost = { 2, 0, 0, 0, 0, 1 },
		.ether_shost = { 2, 0, 0, 0, 0, dice_below(frame->dice, 4) },
		.ether_type = htons(type),
	};

	put(frame, &header, sizeof(header));
}

static void ipv4_put(struct frame *frame, uint8_t proto, size_t length)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.ttl = 64,
		.protocol = proto,
		.tot_len = htons(sizeof(ip) + length),
		.id = dice_below(frame->dice, 4),
	};

	if (dice_percent(frame->dice, 10))
		ip.frag_off = htons(dice_percent(frame->dice, 50) ? IP_MF :
				    dice_below(frame->dice, 8));
	world_address((unsigned char *)&ip.saddr, 4, dice_u64(frame->dice));
	world_address((unsigned char *)&ip.daddr, 4, dice_u64(frame->dice));
	ip.check = checksum_of(checksum_add(&ip, sizeof(ip), 0));
	put(frame, &ip, sizeof(ip));
}

static void ipv6_put(struct frame *frame, uint8_t proto, size_t length)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6 << 28),
		.ip6_plen = htons(length),
		.ip6_nxt = proto,
		.ip6_hlim = 64,
	};

	world_address(ip.ip6_src.s6_addr, 16, dice_u64(frame->dice));
	world_address(ip.ip6_dst.s6_addr, 16, dice_u64(frame->dice));
	put(frame, &ip, sizeof(ip));
}

static void ip_put(struct frame *frame, uint8_t proto, size_t length)
{
	bool is_v6 = dice_percent(frame->dice, 40);

	ethernet_put(frame, is_v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	if (is_v6)
		ipv6_put(frame, proto, length);
	else
		ipv4_put(frame, proto, length);
}

static void udp_put(struct frame *frame)
{
	struct udphdr udp = {
		.source = htons(world_port(dice_u64(frame->dice))),
		.dest = htons(world_port(dice_u64(frame->dice))),
		.len = htons(sizeof(udp) + 16),
	};

	ip_put(frame, IPPROTO_UDP, sizeof(udp) + 16);
	put(frame, &udp, sizeof(udp));
	frame->length += 16;
}

static void tcp_put(struct frame *frame)
{
	struct tcphdr tcp = {
		.source = htons(world_port(dice_u64(frame->dice))),
		.dest = htons(world_port(dice_u64(frame->dice))),
		.doff = 5,
	};

	tcp.syn = dice_percent(frame->dice, 40);
	tcp.ack = dice_percent(frame->dice, 60);
	tcp.fin = dice_percent(frame->dice, 10);
	tcp.rst = dice_percent(frame->dice, 5);
	ip_put(frame, IPPROTO_TCP, sizeof(tcp));
	put(frame, &tcp, sizeof(tcp));
}

static void frame_make(struct frame *frame)
{
	memset(frame->bytes, 0, sizeof(frame->bytes));
	frame->length = 0;
	if (dice_percent(frame->dice, 45))
		udp_put(frame);
	else if (dice_percent(frame->dice, 80))
		tcp_put(frame);
	else
		ip_put(frame, dice_u64(frame->dice), dice_below(frame->dice, 64));
	if (dice_percent(frame->dice, 5))
		dice_fill(frame->dice, frame->bytes + sizeof(struct ether_header), 40);
	if (dice_percent(frame->dice, 3))
		frame->length = ETH_HLEN + dice_below(frame->dice, 40);
}

/* From outside, or as if an instance had sent it. */
static void frame_send(int fd, const struct frame *frame)
{
	unsigned int service = dice_below(frame->dice, WORLD_SERVICES);
	unsigned int side = dice_below(frame->dice, WORLD_SIDES);
	char name[WORLD_NAME_SIZE], peer[WORLD_NAME_SIZE + 1];
	struct sockaddr_ll to = { .sll_family = AF_PACKET };

	if (dice_percent(frame->dice, 60))
		world_external(name, service, side);
	else
		world_device(name, service, dice_below(frame->dice, WORLD_INSTANCES), side);
	snprintf(peer, sizeof(peer), "p%s", name);
	to.sll_ifindex = if_nametoindex(peer);
	/* The device may be gone just now. */
	if (to.sll_ifindex)
		sendto(fd, frame->bytes, frame->length, MSG_DONTWAIT,
		       (struct sockaddr *)&to, sizeof(to));
}

void traffic_run(const struct plan *plan, uint64_t stream)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct timespec pause = { .tv_nsec = PAUSE };
	struct dice dice;
	struct frame frame = { .dice = &dice };

	if (fd < 0) {
		tally_fault(plan->tally, TALLY_BROKEN, "no packet socket: %m");
		return;
	}
	dice_seed(&dice, plan->seed, stream);
	while (!__atomic_load_n(&plan->tally->stop, __ATOMIC_RELAXED)) {
		unsigned int i;

		for (i = 0; i < BURST; i++) {
			frame_make(&frame);
			frame_send(fd, &frame);
		}
		nanosleep(&pause, NULL);
	}
	close(fd);
}
