/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LOOP_H
#define LOOP_H

#include <check.h>
#include <signal.h>
#include <systemd/sd-event.h>

#include "log.h"

/* A loop as the daemon has it, which hears of the end of children itself. */
static inline sd_event *loop_open(void)
{
	sd_event *loop = NULL;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	nfhad_log_open(false);
	ck_assert_int_ge(sd_event_new(&loop), 0);
	return loop;
}

#endif /* LOOP_H */
