/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_LINK_H
#define FUZZ_LINK_H

#include <stdbool.h>

/** Connect to rtnetlink. @return a descriptor, or a negative errno */
int link_open(void);
/** Close what link_open() gave, or an error of its. */
void link_close(int fd);
/** Make a cable, both ends up. @return 0 or a negative errno */
int link_make(int fd, const char *name, const char *peer);
/** Switch a device on or off. @return 0 or a negative errno */
int link_switch(int fd, const char *name, bool on);
/** Remove a device, and the other end of its cable. @return 0 or a negative errno */
int link_remove(int fd, const char *name);

#endif /* FUZZ_LINK_H */
