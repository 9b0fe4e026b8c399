// SPDX-License-Identifier: GPL-2.0-or-later

#include <stdio.h>
#include <string.h>

#include "link.h"
#include "world.h"

static const char side_letter[WORLD_SIDES] = { 'l', 'r' };

void world_service(char *name, unsigned int service)
{
	snprintf(name, WORLD_NAME_SIZE, "s%u", service % WORLD_SERVICES);
}

void world_instance(char *name, unsigned int instance)
{
	snprintf(name, WORLD_NAME_SIZE, "a%u", instance % WORLD_INSTANCES);
}

void world_external(char *name, unsigned int service, unsigned int side)
{
	snprintf(name, WORLD_NAME_SIZE, "s%u%c", service % WORLD_SERVICES,
		 side_letter[side % WORLD_SIDES]);
}

void world_device(char *name, unsigned int service, unsigned int instance,
		  unsigned int side)
{
	snprintf(name, WORLD_NAME_SIZE, "s%ua%u%c", service % WORLD_SERVICES,
		 instance % WORLD_INSTANCES, side_letter[side % WORLD_SIDES]);
}

_Bool world_has_side(unsigned int service, unsigned int side)
{
	return !side || service + 1 < WORLD_SERVICES;
}

static int cable_make(int fd, const char *name)
{
	char peer[WORLD_NAME_SIZE + 1];

	snprintf(peer, sizeof(peer), "p%s", name);
	return link_make(fd, name, peer);
}

static int side_make(int fd, unsigned int service, unsigned int side)
{
	char name[WORLD_NAME_SIZE];
	unsigned int instance;
	int ret;

	world_external(name, service, side);
	ret = cable_make(fd, name);
	for (instance = 0; !ret && instance < WORLD_INSTANCES; instance++) {
		world_device(name, service, instance, side);
		ret = cable_make(fd, name);
	}
	return ret;
}

int world_make(unsigned int services)
{
	int fd = link_open(), ret = fd < 0 ? fd : 0;
	unsigned int service, side;

	for (service = 0; service < services; service++)
		for (side = 0; !ret && side < WORLD_SIDES; side++)
			if (world_has_side(service, side))
				ret = side_make(fd, service, side);
	link_close(fd);
	return ret;
}

void world_address(unsigned char *address, size_t length, unsigned int number)
{
	memset(address, 0, length);
	address[0] = length == 4 ? 10 : 0xfd;
	address[length - 1] = 1 + number % WORLD_ADDRESSES;
}

unsigned int world_port(unsigned int number)
{
	return 1000 + number % WORLD_PORTS;
}
