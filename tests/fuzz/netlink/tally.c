// SPDX-License-Identifier: GPL-2.0-or-later

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "tally.h"

/* Faults of one kind that are said. */
#define FAULTS_SAID 20

static const char *const who_name[TALLY_WHO] = { "root", "stranger", "owner" };

struct tally *tally_new(void)
{
	void *tally = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (tally == MAP_FAILED)
		return NULL;
	return tally;
}

void tally_count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void tally_fault(struct tally *tally, enum tally_fault fault, const char *format, ...)
{
	char text[1024] = "# ";
	va_list args;
	size_t length;

	if (__atomic_fetch_add(&tally->faults[fault], 1, __ATOMIC_RELAXED) >= FAULTS_SAID)
		return;
	va_start(args, format);
	vsnprintf(text + 2, sizeof(text) - 3, format, args);
	va_end(args);
	length = strlen(text);
	text[length++] = '\n';
	/* At once, so that lines of several processes do not mix. */
	fwrite(text, 1, length, stdout);
	fflush(stdout);
}

static uint64_t tried(const struct tally *tally, enum tally_who who, size_t command)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < TALLY_ERRNO_MAX; i++)
		sum += tally->answers[who][command][i];
	return sum;
}

static void command_print(const struct tally *tally, enum tally_who who, size_t i)
{
	const struct spec_command *command = spec_command(i);
	unsigned int error;

	printf("# %-8s %s%s: %llu", who_name[who], command->name,
	       command->is_dump ? ", all" : "",
	       (unsigned long long)tally->answers[who][i][0]);
	for (error = 1; error < TALLY_ERRNO_MAX; error++)
		if (tally->answers[who][i][error])
			printf(" %s %llu", strerrorname_np(error),
			       (unsigned long long)tally->answers[who][i][error]);
	printf("\n");
}

void tally_print(const struct tally *tally)
{
	unsigned int who;
	size_t i;

	for (who = 0; who < TALLY_WHO; who++) {
		for (i = 0; i < spec_commands(); i++)
			if (tried(tally, who, i))
				command_print(tally, who, i);
		printf("# %-8s sent %llu valid, %llu mutated, %llu hostile\n", who_name[who],
		       (unsigned long long)tally->sent[who][MESSAGE_VALID],
		       (unsigned long long)tally->sent[who][MESSAGE_MUTATED],
		       (unsigned long long)tally->sent[who][MESSAGE_HOSTILE]);
	}
	printf("# EINVAL with words %llu, without %llu; batches whose answers found no room %llu\n",
	       (unsigned long long)tally->worded, (unsigned long long)tally->silent,
	       (unsigned long long)tally->lost);
}

bool tally_is_complete(const struct tally *tally)
{
	size_t i;

	for (i = 0; i < spec_commands(); i++)
		if (!tally->answers[TALLY_ROOT][i][0])
			return false;
	return true;
}

unsigned int tally_missing(const struct tally *tally)
{
	unsigned int missing = 0;
	size_t i;

	for (i = 0; i < spec_commands(); i++) {
		if (tally->answers[TALLY_ROOT][i][0])
			continue;
		printf("# never succeeded: %s%s\n", spec_command(i)->name,
		       spec_command(i)->is_dump ? ", all" : "");
		missing++;
	}
	return missing;
}
