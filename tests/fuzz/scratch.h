/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include <stddef.h>

/* A directory of the target's own, in memory or below TMPDIR; it goes when the process ends. */
const char *scratch_make(void);

/* A file in a directory, as whole as it is wanted. */
void scratch_write(int dir, const char *name, const void *data, size_t size);

/* Lines of the log, which goes nowhere, since the last scratch_silence(). */
unsigned int scratch_said(void);
void scratch_silence(void);

#endif /* FUZZ_SCRATCH_H */
