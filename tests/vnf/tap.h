/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAP_H
#define TAP_H

#include <stdint.h>

/*
 * Sockets that see what passes on a device in a network namespace. They know nothing of
 * what is under test.
 */

/**
 * tap_open - see all packets of a device
 * @where: NETNS:DEVICE
 * @type: SOCK_RAW or SOCK_DGRAM
 *
 * Return: the socket, or -1.
 */
int tap_open(const char *where, int type);

/* How many packets it has missed since the last call. */
uint64_t tap_drops(int tap);

#endif /* TAP_H */
