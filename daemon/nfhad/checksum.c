// SPDX-License-Identifier: GPL-2.0-or-later
/* Checksums of packets. */

#include <arpa/inet.h>

#include "checksum.h"

uint16_t nfhad_checksum(const void *data, size_t size)
{
	const uint8_t *byte = data;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += byte[i] << 8 | byte[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}
