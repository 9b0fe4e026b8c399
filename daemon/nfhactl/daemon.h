/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_H
#define DAEMON_H

#include "nfhactl.h"

/* status.c: what the daemon's methods return, for people */
void status_print(struct json_object *status);
void explain_print(struct json_object *explanation);
void decision_print(struct json_object *decision);

#endif /* DAEMON_H */
