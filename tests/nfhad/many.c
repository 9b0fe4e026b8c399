// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many services with many instances each, in no time: "s0", "s1"... on devices "l0", "l1"...,
 * and "i0", "i1"... in each. They are remote and share device "shared", and have equal ranges.
 * Each has a network namespace, "many-SERVICE-INSTANCE".
 *
 * usage: many SERVICES INSTANCES
 */

#include <errno.h>
#include <fcntl.h>
#include <libnfha/nfha.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define INSTANCES_MAX 1024
#define FLOW_IDS 65536

/* The connection to the module stays where it was made. */
static int namespace_make(unsigned int service, unsigned int instance)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/many-%u-%u", service, instance);
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	close(fd);
	if (unshare(CLONE_NEWNET) ||
	    mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL))
		return -errno;
	return 0;
}

static int instance_make(struct nfha *h, unsigned int service, unsigned int n)
{
	struct nfha_instance instance = {
		.set = NFHA_BIT(NFHA_A_INSTANCE_REMOTE),
		.remote = true,
		.ports = 1,
		.port = {
			{ .side = NFHA_SIDE_LEFT, .has_mac = true,
			  .mac = { 2, 0, service >> 8, service, n >> 8, n } },
		},
	};

	snprintf(instance.service, sizeof(instance.service), "s%u", service);
	snprintf(instance.name, sizeof(instance.name), "i%u", n);
	snprintf(instance.port[0].ifname, sizeof(instance.port[0].ifname),
		 "shared");
	return nfha_instance_new(h, &instance) ?: namespace_make(service, n);
}

static int map_make(struct nfha *h, const char *service, unsigned int instances)
{
	static struct nfha_range range[INSTANCES_MAX];
	struct nfha_change change = { .service = service };
	unsigned int n;

	for (n = 0; n < instances; n++) {
		range[n].first = FLOW_IDS / instances * n;
		range[n].last = FLOW_IDS / instances * (n + 1) - 1;
		snprintf(range[n].instance, sizeof(range[n].instance), "i%u", n);
	}
	range[instances - 1].last = FLOW_IDS - 1;
	return nfha_map_set(h, &change, range, instances, NULL);
}

static int service_make(struct nfha *h, unsigned int number, unsigned int instances)
{
	struct nfha_service service = {
		.set = NFHA_BIT(NFHA_A_SERVICE_KEY),
		.ports = 1,
		.port = { { .side = NFHA_SIDE_LEFT } },
	};
	unsigned int n;
	int ret;

	snprintf(service.name, sizeof(service.name), "s%u", number);
	snprintf(service.port[0].ifname, sizeof(service.port[0].ifname), "l%u",
		 number);
	ret = nfha_service_new(h, &service);
	for (n = 0; !ret && n < instances; n++)
		ret = instance_make(h, number, n);
	return ret ?: map_make(h, service.name, instances);
}

int main(int argc, char **argv)
{
	unsigned int services, instances, n;
	struct nfha *h;
	int ret;

	services = argc == 3 ? atoi(argv[1]) : 0;
	instances = argc == 3 ? atoi(argv[2]) : 0;
	if (!services || !instances || instances > INSTANCES_MAX) {
		fprintf(stderr, "usage: many SERVICES INSTANCES\n");
		return 2;
	}
	ret = nfha_open(&h, NULL);
	if (ret) {
		fprintf(stderr, "many: %s\n", strerror(-ret));
		return 1;
	}
	for (n = 0; !ret && n < services; n++)
		ret = service_make(h, n, instances);
	if (ret)
		fprintf(stderr, "many: s%u: %s (%s)\n", n - 1, nfha_error(h),
			strerror(-ret));
	nfha_close(h);
	return ret ? 1 : 0;
}
