// SPDX-License-Identifier: GPL-2.0-or-later
/* Instead of tcp.c: there are no connections. */

#include "tcp.h"

int nfhad_tcp_prepare(const char *netns)
{
	(void)netns;
	return 0;
}

int nfhad_tcp_abort(const char *netns)
{
	(void)netns;
	return 0;
}

int nfhad_tcp_clear(const char *netns)
{
	(void)netns;
	return 0;
}
