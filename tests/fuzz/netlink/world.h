/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <stddef.h>

/*
 * What there is to talk about. Few names, so that all who talk mean the same objects:
 *
 *	service  s0 s1 ...	external devices s0l, s0r
 *	instance a0 a1 ...	devices s0a0l, s0a0r
 *
 * Each device is one end of a cable; the other end has the same name with a p before it. The
 * last service has no right side.
 */
#define WORLD_SERVICES 3
#define WORLD_INSTANCES 4
#define WORLD_SIDES 2
#define WORLD_NAME_SIZE 16

/* Flows: addresses and ports, by number. */
#define WORLD_ADDRESSES 12
#define WORLD_PORTS 6

/** Name of a service. */
void world_service(char *name, unsigned int service);
/** Name of an instance. */
void world_instance(char *name, unsigned int instance);
/** Name of an external device. @param side 0: left, 1: right */
void world_external(char *name, unsigned int service, unsigned int side);
/** Name of a device of an instance. */
void world_device(char *name, unsigned int service, unsigned int instance,
		  unsigned int side);
/** Does a service have this side? */
_Bool world_has_side(unsigned int service, unsigned int side);
/**
 * Make the cables of the first services in the caller's network namespace.
 * @return 0 or a negative errno
 */
int world_make(unsigned int services);
/** An address. @param length 4 or 16 */
void world_address(unsigned char *address, size_t length, unsigned int number);
/** A port, host order. */
unsigned int world_port(unsigned int number);

#endif /* FUZZ_WORLD_H */
