/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>

/* In place of log.c: what is logged is kept, to be looked at. */

/* Has that been logged since the last silence()? */
bool said(const char *what);
void silence(void);

#endif /* LINES_H */
