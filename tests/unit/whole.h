/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WHOLE_H
#define WHOLE_H

#include <stdbool.h>
#include <time.h>

/*
 * The whole daemon, in a process of its own and in namespaces of this kernel, on a stand-in for
 * the module; and nfhactl, which is typed. What it makes and starts is real.
 */

/* Directory of its configuration, log and store. */
extern char whole_dir[64];

/* A service "fw", and places to put names. */
void whole_setup(void);

/* The daemon ends, if it runs, and has to end well. */
void whole_teardown(void);

/* Writes the configuration: a beginning that is always the same, and this. */
void whole_config(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Begins a daemon and waits for it to be ready. */
void whole_begin(void);

/* It ends: SIGTERM, or SIGKILL. Returns the exit status. */
int whole_end(int number);

/* It reads its configuration again; what it says is waited for. */
void whole_reload(const char *says);

/* Waits until it has logged this, so many times since it was begun first. */
void whole_says(const char *text, unsigned int times);
unsigned int whole_said(const char *text);

/* Waits for a condition, of which the text speaks. */
#define wait_until(text, condition) do {				\
	time_t patience = time(NULL) + 60;				\
	while (!(condition) && time(NULL) < patience)			\
		usleep(10000);						\
	if (time(NULL) >= patience)					\
		whole_print();						\
	ck_assert_msg(time(NULL) < patience, "%s", text);		\
} while (0)

/* The log, for whoever looks for what has gone wrong. */
void whole_print(void);

/* Types a command for the daemon, as type() does. */
int whole_type(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Begins it, as type_begin() does. */
int whole_type_begin(const char *line);

/* The first process in a namespace, 0: there is none. */
int whole_process(const char *netns);

bool file_has(const char *path, const char *text);

#endif /* WHOLE_H */
