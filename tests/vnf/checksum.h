/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNF_CHECKSUM_H
#define VNF_CHECKSUM_H

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>

/* The Internet's checksum (RFC 1071). */

/* Adds data to a sum, which is to be made a checksum at the end. */
static inline uint32_t checksum_add(const void *data, size_t size, uint32_t sum)
{
	const uint8_t *byte = data;

	for (; size > 1; size -= 2, byte += 2)
		sum += byte[0] << 8 | byte[1];
	return size ? sum + (byte[0] << 8) : sum;
}

/* Of up to 64 KiB, in network byte order. */
static inline uint16_t checksum_of(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return htons(~sum);
}

#endif /* VNF_CHECKSUM_H */
