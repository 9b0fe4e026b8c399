/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PRELOAD_H
#define NFHAD_PRELOAD_H

/*
 * The library of what is in this directory, which criu is started with, as a file inside
 * the daemon; the linker calls it by the name of the file.
 */
extern const char nfhad_preload[] __asm__("_binary_preload_so_start");
extern const char nfhad_preload_end[] __asm__("_binary_preload_so_end");

#endif /* NFHAD_PRELOAD_H */
