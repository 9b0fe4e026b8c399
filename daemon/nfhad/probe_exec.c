// SPDX-License-Identifier: GPL-2.0-or-later
/* A program of the operator's says whether an instance is healthy. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "probe.h"

static int silence(void)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	return 0;
}

int nfhad_probe_exec(const struct nfhad_probe_target *target, const char **what)
{
	char **command = target->check->command;
	int ret = silence();

	*what = "/dev/null";
	if (ret)
		return ret;
	*what = command[0];
	if (setenv("NFHA_SERVICE", target->service, 1) ||
	    setenv("NFHA_INSTANCE", target->instance, 1) || chdir("/"))
		return -errno;
	execv(command[0], command);
	return -errno;
}
