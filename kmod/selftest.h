/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_SELFTEST_H
#define NFHA_SELFTEST_H

#include <linux/types.h>

/* Compiled in with NFHA_DEBUG; if one fails, the module does not load. */
int nfha_selftest_run(void);

/* selftest/<name>.c */
bool nfha_selftest_key(void);
bool nfha_selftest_map(void);
bool nfha_selftest_flow(void);
bool nfha_selftest_parse(void);
bool nfha_selftest_parse_hostile(void);
bool nfha_selftest_fragment(void);
bool nfha_selftest_record(void);

#endif /* NFHA_SELFTEST_H */
