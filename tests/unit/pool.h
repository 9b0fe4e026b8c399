/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef POOL_H
#define POOL_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy.h"
#include "seed.h"
#include "unit.h"

/* A pool, and numbers for it that are random, or just look so. */

#define MANY 1000
#define ALL NULL

static struct nfhad_policy_candidate candidate[MANY];
static struct nfhad_policy_pool pool;

/* Random numbers that are given, and how many were asked for. */
static const uint64_t *given;
static int asked;
static int random_error;

static inline int give(void *data, uint64_t *number)
{
	(void)data;
	*number = given[asked++];
	return random_error;
}

static inline int give_the_same(void *data, uint64_t *number)
{
	asked++;
	*number = *(uint64_t *)data;
	return 0;
}

static inline void pool_of(enum nfhad_policy policy, size_t count)
{
	size_t i;

	memset(candidate, 0, sizeof(candidate));
	for (i = 0; i < count; i++)
		candidate[i].weight = 1;
	pool = (struct nfhad_policy_pool){
		.policy = policy,
		.count = count,
		.candidate = candidate,
		.random = nfhad_policy_random,
	};
}

static inline void weigh(const uint32_t *weight, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		candidate[i].weight = weight[i];
}

#define POOL_OF_WEIGHTS(policy, ...) do {				\
	const uint32_t _weight[] = { __VA_ARGS__ };			\
									\
	pool_of(policy, ARRAY_SIZE(_weight));				\
	weigh(_weight, ARRAY_SIZE(_weight));				\
} while (0)

/* Candidates are letters here. */
static inline bool is_among(size_t i, const void *data)
{
	return strchr(data, 'a' + (int)i);
}

static inline int next_among(const char *allowed)
{
	return nfhad_policy_select(&pool, allowed ? is_among : NULL, allowed);
}

static inline void comes(const char *allowed, const char *wanted)
{
	char got[64] = "";
	size_t i;
	int next;

	ck_assert_uint_lt(strlen(wanted), sizeof(got));
	for (i = 0; wanted[i]; i++) {
		next = next_among(allowed);
		ck_assert_int_ge(next, 0);
		got[i] = 'a' + next;
	}
	ck_assert_str_eq(got, wanted);
}

#define GIVEN(...)							\
	do {								\
		static const uint64_t _given[] = { __VA_ARGS__ };	\
									\
		given = _given;						\
		asked = 0;						\
		pool.random = give;					\
	} while (0)

#endif /* POOL_H */
