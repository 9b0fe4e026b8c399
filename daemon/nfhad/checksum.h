/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CHECKSUM_H
#define NFHAD_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/**
 * nfhad_checksum - the Internet's checksum (RFC 1071)
 * @data: what it is about, with zeroes in the checksum's place
 * @size: of that, in bytes; even
 *
 * Return: the checksum, in network byte order.
 */
uint16_t nfhad_checksum(const void *data, size_t size);

#endif /* NFHAD_CHECKSUM_H */
