/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LEFTOVER_H
#define NFHAD_LEFTOVER_H

#include <sys/types.h>

/*
 * criu looks into the process namespace of a VNF by a proc file system that the VNF, made to
 * do so, mounts for an instant in its working directory. A VNF without a mount namespace
 * of its own that is killed in that instant leaves directory and mount to the machine, and
 * no VNF with the same working directory can be dumped from then on.
 */

/**
 * nfhad_leftover_open - remember where a dump may leave something
 * @pid: the first process of the VNF
 *
 * Return: a descriptor of its working directory, or a negative errno.
 */
int nfhad_leftover_open(pid_t pid);

/**
 * nfhad_leftover_remove - remove what a dump has left that was cut short
 * @directory: from nfhad_leftover_open()
 *
 * If another VNF is dumped in the same directory at the same instant, its dump fails, and
 * the next one does not.
 *
 * Return: 1 if there was something, 0 if not, or a negative errno.
 */
int nfhad_leftover_remove(int directory);

#endif /* NFHAD_LEFTOVER_H */
