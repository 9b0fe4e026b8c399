/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_EPOCHS_H
#define BENCH_EPOCHS_H

struct epochs;

struct epochs *epochs_open(const char *text);
void epochs_step(struct epochs *epochs);
void epochs_end(struct epochs *epochs);

#endif /* BENCH_EPOCHS_H */
