/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LISTENER_H
#define NFHAD_LISTENER_H

/**
 * nfhad_listener_touch - let restored listeners take cookies of those before
 * @netns: name of their network namespace, below /run/netns
 *
 * A listener believes a SYN cookie only if it has sent one in the last minutes, and one
 * that has just been made has sent none. The client that a predecessor has
 * answered would get a reset (RFC 4987, 3.6, is about cookies in general). So each
 * gets a SYN from its own namespace, by the loopback device; its answer, with a
 * cookie, goes to nobody, and of the connection nothing is left.
 *
 * Needs the loopback device to be up, and tcp_syncookies to be 2: see tcp.h. A
 * listener that is bound to another device is not reached.
 *
 * Return: 0, or a negative errno of the first that could not be reached; the
 * others are tried.
 */
int nfhad_listener_touch(const char *netns);

#endif /* NFHAD_LISTENER_H */
