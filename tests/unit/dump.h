/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DUMP_H
#define DUMP_H

#include <sys/types.h>

/* The compiler's own, which has no header. */
void __gcov_dump(void);

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);

#endif /* DUMP_H */
