/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SEAL_H
#define NFHAD_SEAL_H

#include <stdint.h>

/**
 * nfhad_seal_take - what shows whether somebody touches a checkpoint
 * @dir: of one that is stored; its files have been summed before its manifest was written
 *
 * Memory does not forget by itself what a medium may: there, files that nobody has
 * written to, replaced, added or removed since they were summed need not be summed
 * again while somebody waits. What is done in the very tick of the kernel's clock in
 * which a file was written last does not show.
 *
 * Return: a number that is another one as soon as any of that is done. 0: there is none,
 * for the directory is not in memory, a file was touched after the manifest, or
 * something cannot be read.
 */
uint64_t nfhad_seal_take(int dir);

#endif /* NFHAD_SEAL_H */
