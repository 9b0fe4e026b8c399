/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_ADDRESS_H
#define NFHAD_ADDRESS_H

#include <stdint.h>

struct nfhad_address_config;

/**
 * struct nfhad_address - an address of a device
 * @family: AF_INET or AF_INET6
 * @bytes: 4 or 16
 * @prefix: length
 * @device: name
 */
struct nfhad_address {
	uint8_t family;
	uint8_t bytes[16];
	uint8_t prefix;
	const char *device;
};

/* As it is in the configuration, which has to stay. */
void nfhad_address_of(const struct nfhad_address_config *config,
		      struct nfhad_address *address);

/**
 * nfhad_address_add - give an address to a device of this network namespace
 * @address: the address
 *
 * It can be used at once: nobody else has it, so nobody is asked (no duplicate address
 * detection, RFC 4862, 5.4).
 *
 * Return: 0, also if it has it already; or a negative errno.
 */
int nfhad_address_add(const struct nfhad_address *address);

/* Take it away. 0, also if it, or the device, is not there; or a negative errno. */
int nfhad_address_remove(const struct nfhad_address *address);

#endif /* NFHAD_ADDRESS_H */
