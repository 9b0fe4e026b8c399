/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SEAL_H
#define NFHAD_SEAL_H

#include <stddef.h>
#include <stdint.h>

/**
 * nfhad_seal_take - what shows whether somebody touches a checkpoint
 * @dir: of one that is stored; its manifest says when its files began to be summed
 * @files: that there have to be, the manifest among them; 0: any number
 *
 * What lies in memory (tmpfs) is not lost as on a medium: files that nobody has written
 * to, replaced, added or removed since they were summed need not be summed again while
 * somebody waits. Not seen is who writes in the very tick of the kernel's clock in which
 * the sums began, or through a mapping that he had before.
 *
 * Return: a number that is another one as soon as any of that is done. 0: there is none,
 * for the directory is not in memory, a file was touched since its sum was begun, or
 * something cannot be read.
 */
uint64_t nfhad_seal_take(int dir, size_t files);

#endif /* NFHAD_SEAL_H */
