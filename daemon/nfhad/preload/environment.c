// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loaded into criu, and into nothing else.
 *
 * CRIU runs other programs, such as tar(1) for memory that is mounted. They inherit its
 * environment; in some of them, descriptor 5 is not this library any more but whatever has
 * got its number, and the loader would wait for ever for what is not a file.
 */

#include <stdlib.h>

static void __attribute__((constructor)) leave_environment(void)
{
	unsetenv("LD_PRELOAD");
}
