/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SAID_H
#define NFHAD_SAID_H

/* What could not be done, as one line, for those who were told to do it. */
#define NFHAD_SAID_MAX 192

void nfhad_said(char *said, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* NFHAD_SAID_H */
