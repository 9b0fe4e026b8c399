// SPDX-License-Identifier: GPL-2.0-or-later
/* Announcements of addresses, to the last byte. */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "announce.h"
#include "config.h"
#include "unit.h"

static const uint8_t mac[] = { 0x02, 0x00, 0x5e, 0x10, 0x20, 0x30 };

static void assert_bytes(const uint8_t *frame, const uint8_t *wanted, size_t size)
{
	size_t n;

	for (n = 0; n < size; n++)
		ck_assert_msg(frame[n] == wanted[n], "byte %zu: %02x, not %02x",
			      n, frame[n], wanted[n]);
}

/* RFC 826, and the announcement of RFC 5227, 2.3: a request whose sender and target are
 * the address, and no target Ethernet address.
 */
START_TEST(arp)
{
	static const uint8_t wanted[NFHAD_ANNOUNCE_ARP_SIZE] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,
		0x08, 0x06,
		0x00, 0x01,			/* Ethernet */
		0x08, 0x00,			/* IPv4 */
		6, 4,
		0x00, 0x01,			/* request */
		0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,
		192, 0, 2, 7,
		0, 0, 0, 0, 0, 0,
		192, 0, 2, 7,
	};
	const uint8_t address[] = { 192, 0, 2, 7 };
	uint8_t frame[NFHAD_ANNOUNCE_ARP_SIZE];

	nfhad_announce_arp(frame, mac, address);
	assert_bytes(frame, wanted, sizeof(wanted));
}

/* RFC 4861, 4.4 and 7.2.6. The checksum is that of another program. */
START_TEST(na)
{
	static const uint8_t wanted[NFHAD_ANNOUNCE_NA_SIZE] = {
		0x33, 0x33, 0x00, 0x00, 0x00, 0x01,
		0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,
		0x86, 0xdd,
		0x60, 0, 0, 0,
		0x00, 0x20,			/* 32 bytes follow */
		58, 255,			/* ICMPv6, from this link only */
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x07,
		0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
		136, 0,
		0x7a, 0xdf,
		0x20, 0, 0, 0,			/* override; neither solicited nor a router */
		0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x07,
		2, 1,				/* target link-layer address, 8 bytes */
		0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,
	};
	uint8_t address[16], frame[NFHAD_ANNOUNCE_NA_SIZE];

	ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::7", address), 1);
	nfhad_announce_na(frame, mac, address, false);
	assert_bytes(frame, wanted, sizeof(wanted));
	/* A router says so, or those beside it would look for another one. */
	nfhad_announce_na(frame, mac, address, true);
	ck_assert_uint_eq(frame[58], 0xa0);
	ck_assert_uint_eq(frame[56] << 8 | frame[57], 0xfade);
}

static void up(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

/* Is it one of this namespace's? */
static bool has(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int ret, fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, address, &to.sin_addr);
	ret = bind(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return !ret;
}

/* In a namespace of the test's own: set again, taken away again, and what cannot be. */
START_TEST(set_and_taken_away)
{
	struct nfhad_address_config config = { (char *)"192.0.2.9/24", (char *)"lo" };
	struct nfhad_address address;

	if (unshare(CLONE_NEWNET)) {
		printf("# not root: no namespace\n");
		return;
	}
	up("lo");
	nfhad_address_of(&config, &address);
	ck_assert_uint_eq(address.prefix, 24);
	ck_assert(!has("192.0.2.9"));
	ck_assert_int_eq(nfhad_address_add(&address), 0);
	ck_assert_int_eq(nfhad_address_add(&address), 0);
	ck_assert(has("192.0.2.9"));
	/* Nobody has to know on a device that is no Ethernet. */
	ck_assert_int_eq(nfhad_announce_send(&address), 0);
	ck_assert_int_eq(nfhad_address_remove(&address), 0);
	ck_assert(!has("192.0.2.9"));
	ck_assert_int_eq(nfhad_address_remove(&address), 0);
	config.address = (char *)"2001:db8::9/64";
	nfhad_address_of(&config, &address);
	ck_assert_int_eq(address.family, AF_INET6);
	ck_assert_int_eq(nfhad_address_add(&address), 0);
	ck_assert_int_eq(nfhad_address_remove(&address), 0);
	config.device = (char *)"none";
	nfhad_address_of(&config, &address);
	ck_assert_int_eq(nfhad_address_add(&address), -ENODEV);
	ck_assert_int_eq(nfhad_address_remove(&address), 0);
	ck_assert_int_eq(nfhad_announce_send(&address), -ENODEV);
}

UNIT_MAIN("announce", arp, na, set_and_taken_away)
