/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_ANNOUNCE_H
#define NFHAD_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>
#include "address.h"

/*
 * Who has an address tells those beside it, so that they have its Ethernet address from now
 * on and no other. Frames are whole, without the checksum of Ethernet.
 */

#define NFHAD_ANNOUNCE_ARP_SIZE 42
#define NFHAD_ANNOUNCE_NA_SIZE 86

/* More than one, for one may be lost: RFC 4861, MAX_NEIGHBOR_ADVERTISEMENT, RetransTimer. */
#define NFHAD_ANNOUNCE_TIMES 3
#define NFHAD_ANNOUNCE_INTERVAL_S 1

/**
 * nfhad_announce_arp - make an ARP Announcement (RFC 5227, 3; "gratuitous ARP")
 * @frame: set
 * @mac: of the device, 6 bytes
 * @address: IPv4, 4 bytes
 */
void nfhad_announce_arp(uint8_t frame[NFHAD_ANNOUNCE_ARP_SIZE],
			const uint8_t *mac, const uint8_t *address);

/**
 * nfhad_announce_na - make an unsolicited Neighbor Advertisement (RFC 4861, 7.2.6)
 * @frame: set
 * @mac: of the device, 6 bytes
 * @address: IPv6, 16 bytes
 * @is_router: it forwards; whoever hears that it does not takes it for no router any more
 *
 * With the override flag, for neighbours have another Ethernet address of it.
 */
void nfhad_announce_na(uint8_t frame[NFHAD_ANNOUNCE_NA_SIZE],
		       const uint8_t *mac, const uint8_t *address,
		       bool is_router);

/**
 * nfhad_announce_send - tell it once
 * @address: of a device in this network namespace
 *
 * Return: 0, also on a device that is no Ethernet, where nobody has to know; or a
 * negative errno.
 */
int nfhad_announce_send(const struct nfhad_address *address);

#endif /* NFHAD_ANNOUNCE_H */
