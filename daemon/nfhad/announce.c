// SPDX-License-Identifier: GPL-2.0-or-later
/* The announcement of an address that has moved. */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "announce.h"

#define HOP_LIMIT 255

/* All of them are in network order, and nothing is between. */
struct arp_frame {
	struct ether_header ether;
	struct ether_arp arp;
} __attribute__((packed));

struct na_frame {
	struct ether_header ether;
	struct ip6_hdr ip;
	struct nd_neighbor_advert na;
	struct nd_opt_hdr option;
	uint8_t mac[ETH_ALEN];
} __attribute__((packed));

_Static_assert(sizeof(struct arp_frame) == NFHAD_ANNOUNCE_ARP_SIZE, "ARP");
_Static_assert(sizeof(struct na_frame) == NFHAD_ANNOUNCE_NA_SIZE, "NA");

void nfhad_announce_arp(uint8_t frame[NFHAD_ANNOUNCE_ARP_SIZE],
			const uint8_t *mac, const uint8_t *address)
{
	struct arp_frame arp = {
		.ether.ether_type = htons(ETHERTYPE_ARP),
		.arp = {
			.arp_hrd = htons(ARPHRD_ETHER),
			.arp_pro = htons(ETHERTYPE_IP),
			.arp_hln = ETH_ALEN,
			.arp_pln = 4,
			.arp_op = htons(ARPOP_REQUEST),
		},
	};

	memset(arp.ether.ether_dhost, 0xff, ETH_ALEN);
	memcpy(arp.ether.ether_shost, mac, ETH_ALEN);
	memcpy(arp.arp.arp_sha, mac, ETH_ALEN);
	memcpy(arp.arp.arp_spa, address, 4);
	memcpy(arp.arp.arp_tpa, address, 4);
	memcpy(frame, &arp, sizeof(arp));
}

static uint32_t sum_of(const void *data, size_t size)
{
	const uint8_t *byte = data;
	uint32_t sum = 0;
	size_t n;

	for (n = 0; n < size; n++)
		sum += n % 2 ? byte[n] : byte[n] << 8;
	return sum;
}

/* RFC 4443, 2.3: with a pseudo-header before it. */
static uint16_t checksum_of(const struct na_frame *frame)
{
	const size_t size = sizeof(*frame) - offsetof(struct na_frame, na);
	uint32_t sum = size + IPPROTO_ICMPV6;

	sum += sum_of(&frame->ip.ip6_src, 2 * sizeof(frame->ip.ip6_src));
	sum += sum_of((const uint8_t *)frame + offsetof(struct na_frame, na), size);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

void nfhad_announce_na(uint8_t frame[NFHAD_ANNOUNCE_NA_SIZE],
		       const uint8_t *mac, const uint8_t *address,
		       bool is_router)
{
	static const uint8_t all_nodes_mac[] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
	struct na_frame na = {
		.ether.ether_type = htons(ETHERTYPE_IPV6),
		.ip.ip6_flow = htonl(6U << 28),
		.ip.ip6_plen = htons(sizeof(na) - offsetof(struct na_frame, na)),
		.ip.ip6_nxt = IPPROTO_ICMPV6,
		.ip.ip6_hlim = HOP_LIMIT,
		.na.nd_na_type = ND_NEIGHBOR_ADVERT,
		.na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE |
					   (is_router ? ND_NA_FLAG_ROUTER : 0),
		.option = { ND_OPT_TARGET_LINKADDR, 1 },
	};

	memcpy(na.ether.ether_dhost, all_nodes_mac, ETH_ALEN);
	memcpy(na.ether.ether_shost, mac, ETH_ALEN);
	memcpy(&na.ip.ip6_src, address, 16);
	memcpy(&na.ip.ip6_dst, all_nodes, 16);
	memcpy(&na.na.nd_na_target, address, 16);
	memcpy(na.mac, mac, ETH_ALEN);
	na.na.nd_na_cksum = checksum_of(&na);
	memcpy(frame, &na, sizeof(na));
}

static bool is_router(const char *device)
{
	char path[128], c = '0';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/forwarding",
		 device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c != '0';
}

static size_t build(uint8_t *frame, const uint8_t *mac,
		    const struct nfhad_address *address)
{
	if (address->family == AF_INET) {
		nfhad_announce_arp(frame, mac, address->bytes);
		return NFHAD_ANNOUNCE_ARP_SIZE;
	}
	nfhad_announce_na(frame, mac, address->bytes,
			  is_router(address->device));
	return NFHAD_ANNOUNCE_NA_SIZE;
}

static int send_from(int fd, const struct nfhad_address *address)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	struct ifreq request = { 0 };
	uint8_t frame[NFHAD_ANNOUNCE_NA_SIZE];
	size_t size;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s",
		 address->device);
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		return -errno;
	if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return 0;
	size = build(frame, (const uint8_t *)request.ifr_hwaddr.sa_data, address);
	if (ioctl(fd, SIOCGIFINDEX, &request))
		return -errno;
	to.sll_ifindex = request.ifr_ifindex;
	return sendto(fd, frame, size, 0, (struct sockaddr *)&to,
		      sizeof(to)) < 0 ? -errno : 0;
}

int nfhad_announce_send(const struct nfhad_address *address)
{
	int ret, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	ret = send_from(fd, address);
	close(fd);
	return ret;
}
