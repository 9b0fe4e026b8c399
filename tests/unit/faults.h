/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FAULTS_H
#define FAULTS_H

#include <sys/types.h>

/* System calls, as the linker wraps them. */
int __real_openat(int dir, const char *name, int flags, mode_t mode);
int __wrap_openat(int dir, const char *name, int flags, mode_t mode);
int __real_mkdirat(int dir, const char *name, mode_t mode);
int __wrap_mkdirat(int dir, const char *name, mode_t mode);
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __real_write(int fd, const void *buffer, size_t size);
ssize_t __wrap_write(int fd, const void *buffer, size_t size);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat2(int from, const char *a, int to, const char *b,
		     unsigned int flags);
int __wrap_renameat2(int from, const char *a, int to, const char *b,
		     unsigned int flags);

#endif /* FAULTS_H */
