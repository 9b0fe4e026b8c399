// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's configuration, from any bytes. */

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"
#include "scratch.h"

static char path[32];
static int fd;

static struct nfhad_config *load(const uint8_t *data, size_t size)
{
	struct nfhad_config *config = NULL;
	int ret;

	scratch_silence();
	must(!ftruncate(fd, 0));
	must(pwrite(fd, data, size, 0) == (ssize_t)size);
	ret = nfhad_config_load(path, &config);
	must(ret ? !config && scratch_said() : config && !scratch_said());
	must(!ret || ret == -EINVAL);
	return config;
}

/* The same text is the same configuration. */
static void check_same(const struct nfhad_config *a, const struct nfhad_config *b)
{
	size_t i;

	must(a->services == b->services && a->hosts == b->hosts);
	must(nfhad_config_same_hosts(a, b));
	for (i = 0; i < a->services; i++)
		must(nfhad_config_same_service(&a->service[i], &b->service[i]));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fd = memfd_create("config", MFD_CLOEXEC);
	must(fd >= 0 && !fchmod(fd, 0600));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nfhad_config *config = load(data, size), *again;

	if (!config)
		return 0;
	again = load(data, size);
	must(again);
	check_same(config, again);
	nfhad_config_free(again);
#ifndef PLANTED
	nfhad_config_free(config);
#endif
	return 0;
}
