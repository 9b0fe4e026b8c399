/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SUM_H
#define NFHAD_SUM_H

#define NFHAD_SUM_SIZE 33

/*
 * Sums that tell damage, not forgery, as 32 hexadecimal digits: XXH3 with 128 bits,
 * which is bound by memory and not by the processor.
 */
int nfhad_sum_file(int fd, char *sum);
void nfhad_sum_text(const char *text, char *sum);

#endif /* NFHAD_SUM_H */
