/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NAMES_H
#define NAMES_H

/* Words for what the module counts as numbers, each at its number. */
extern const char *const side_names[2];
extern const char *const state_names[4];
extern const char *const recovery_names[3];

/* Bits, from the lowest. */
extern const char *const recovery_flag_names[7];

#endif /* NAMES_H */
