/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_TREE_H
#define NFHAD_TREE_H

#include <stddef.h>

/*
 * Directories, always by descriptor and never through a symbolic link. All return a
 * negative errno on failure.
 */

/* Descriptor of a directory in another one; -ELOOP or -ENOTDIR if it is none. */
int nfhad_tree_open(int parent, const char *name);

/* The same; it is made, mode 0700, if it is not there. */
int nfhad_tree_make(int parent, const char *name);

/* Removes a name and all below it; nothing there is no error. */
int nfhad_tree_remove(int parent, const char *name);

/**
 * nfhad_tree_each - call a function for each name in a directory
 * @dir: the directory
 * @each: the function; what is not 0 ends the walk and is returned
 * @data: for @each
 *
 * Names that are added meanwhile may be left out.
 */
int nfhad_tree_each(int dir, int (*each)(int dir, const char *name, void *data),
		    void *data);

/**
 * nfhad_tree_lock - be the only one
 * @dir: the directory
 * @name: of a file in it that is made if it is not there
 *
 * Jobs, which can outlive the daemon a little, do not inherit the lock.
 *
 * Return: a descriptor that has the lock until it is closed; -EBUSY: another
 * process has it.
 */
int nfhad_tree_lock(int dir, const char *name);

/* Reads a regular file, @max bytes at most, with a NUL behind it. To be freed. */
int nfhad_tree_read(int dir, const char *name, size_t max, char **text,
		    size_t *length);

/* Writes into a file that is there, such as one that sets something in the kernel. */
int nfhad_tree_write(int dir, const char *name, const char *text);

#endif /* NFHAD_TREE_H */
