/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_REOPEN_H
#define NFHAD_REOPEN_H

#include <stddef.h>
#include <sys/types.h>

/*
 * CRIU opens the files of a process again by their names. What a process reads of itself in
 * the machine's /proc has its number in its name, which the one that is restored has not.
 * Programs open such files for an instant, as redis does to see how much memory it has, and
 * a checkpoint of that instant cannot be restored once the process is gone.
 */

/**
 * nfhad_reopen_check - will there be a file for each that is open in an image?
 * @dir: directory of the image; it has been dumped, and nothing more
 * @root: first process of the tree that it is of, which lives
 * @name: set if there will not: the name of one
 * @size: of @name; at least 1
 *
 * Of files in /proc those of the tree's own processes count. A VNF with a /proc of its own
 * has numbers of its own there; that one of them is also a number that the machine has given
 * to a process of the tree is taken to be no chance.
 *
 * Return: 0, -EBUSY if there will not, -EBADMSG if the image is none, or a negative errno.
 */
int nfhad_reopen_check(int dir, pid_t root, char *name, size_t size);

#endif /* NFHAD_REOPEN_H */
