/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_TALLY_H
#define FUZZ_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "spec.h"

/* Errors above this are none that the world outside of the kernel knows. */
#define TALLY_ERRNO_MAX 134

/* Who sends. */
enum tally_who {
	TALLY_ROOT,	/* may do everything */
	TALLY_STRANGER,	/* may do nothing */
	TALLY_OWNER,	/* may do much, in a namespace of its own */
	TALLY_WHO,
};

/* What may go wrong; each is judged by itself. */
enum tally_fault {
	TALLY_UNANSWERED,	/* no answer, or more than one */
	TALLY_ERRNO,		/* an error that no command has */
	TALLY_SILENT,		/* -EINVAL without a word */
	TALLY_RIGHTS,		/* a stranger was obeyed */
	TALLY_SHARE,		/* a namespace has got more than its share */
	TALLY_RANGES,	/* ranges do not tile R, or are nobody's */
	TALLY_COUNTS,	/* objects contradict each other */
	TALLY_MEMORY,		/* memory that is not given back */
	TALLY_BROKEN,		/* the test itself cannot go on */
	TALLY_FAULTS,
};

/**
 * struct tally - what has come of all messages; shared by all processes
 * @answers: by who, command and errno
 * @sent: messages by who and kind
 * @worded: -EINVAL with words, of messages that are well formed
 * @silent: those without
 * @lost: answers that found no room
 * @faults: how often each has been found
 * @stop: whoever goes on for as long as others do ends
 */
struct tally {
	uint64_t answers[TALLY_WHO][SPEC_COMMANDS_MAX][TALLY_ERRNO_MAX];
	uint64_t sent[TALLY_WHO][MESSAGE_HOSTILE + 1];
	uint64_t worded;
	uint64_t silent;
	uint64_t lost;
	uint64_t faults[TALLY_FAULTS];
	bool stop;
};

/** The one that all processes that are forked from here on share. @return NULL: no memory */
struct tally *tally_new(void);
/** Count one more. */
void tally_count(uint64_t *counter);
/** Count a fault, and say what it is; the first of each kind are said. */
void tally_fault(struct tally *tally, enum tally_fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/** Print how often each command succeeded and failed. */
void tally_print(const struct tally *tally);
/** Has root succeeded with each command? */
bool tally_is_complete(const struct tally *tally);

/** How many commands root has never succeeded with; they are said. */
unsigned int tally_missing(const struct tally *tally);

#endif /* FUZZ_TALLY_H */
