/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TYPIST_H
#define TYPIST_H

#include <sys/types.h>

/* Types commands of nfhactl as a shell would, each in a process of its own, on a stand-in. */

/* What the last one has printed, and what it has complained of. */
extern char typed_out[65536], typed_err[4096];

/* Returns the exit status. */
int type(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and it has to succeed. */
void type_well(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Begins it; type_end() waits for it and returns the exit status. */
pid_t type_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
int type_end(pid_t pid);

/* What it has printed by now. */
void type_peek(void);

/* Of what was printed in JSON: members and places, as "0.port.1.name"; as text. */
const char *typed_json(const char *path);

/* nfhactl's */
int nfhactl_main(int argc, char **argv);

#endif /* TYPIST_H */
