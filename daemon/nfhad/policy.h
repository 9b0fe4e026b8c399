/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_POLICY_H
#define NFHAD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which candidate of a pool comes next. The policies are RSerPool's, the clauses
 * those of RFC 5356. Those of 5.3 and 5.4 are not here.
 *
 * Whatever a policy leaves open is settled by round robin: of equals, the one that was
 * selected least recently, and of those that never were, the first. Nobody loses a turn
 * by being passed over.
 */
enum nfhad_policy {
	NFHAD_POLICY_RR,	/* 4.1, Round Robin */
	NFHAD_POLICY_WRR,	/* 4.2, Weighted Round Robin */
	NFHAD_POLICY_RAND,	/* 4.3, Random */
	NFHAD_POLICY_WRAND,	/* 4.4, Weighted Random */
	NFHAD_POLICY_PRIO,	/* 4.5, Priority */
	NFHAD_POLICY_LU,	/* 5.1, Least Used */
	NFHAD_POLICY_LUD,	/* 5.2, Least Used with Degradation */
};

/* The words of a configuration for them, in this order; ends with NULL. */
extern const char *const nfhad_policy_words[];

/* Fully utilized (3.1); 0 is not utilized. */
#define NFHAD_POLICY_LOAD_MAX UINT32_MAX

/* Candidates of a pool. Their weights add up without an overflow. */
#define NFHAD_POLICY_POOL_MAX 4096

/**
 * typedef nfhad_policy_random_fn - get a random number
 * @data: of the pool
 * @number: set; each of the 2^64 is equally likely
 *
 * Return: 0 or a negative errno.
 */
typedef int (*nfhad_policy_random_fn)(void *data, uint64_t *number);

/**
 * typedef nfhad_policy_allow_fn - may a candidate be selected?
 * @i: its index
 * @data: for the function
 */
typedef bool (*nfhad_policy_allow_fn)(size_t i, const void *data);

/**
 * struct nfhad_policy_candidate - one of a pool (a pool element)
 * @weight: what it can do, relative to the others; 0: nothing (3.2). Of wrr and
 *	wrand; for the other policies nobody has a weight
 * @priority: the larger the higher (4.5.4). Of prio
 * @load: how much of it is in use (3.1). Of lu and lud
 * @degradation: by how much one selection increases the load (5.2.1). Of lud
 * @selected: how often it was selected since the load was told; the degradation
 *	counter (5.2.2)
 * @turn: the number of the selection when it was selected last; 0: never
 * @credit: what wrr owes it
 *
 * From @selected on zero in one that is new.
 */
struct nfhad_policy_candidate {
	uint32_t weight;
	uint32_t priority;
	uint32_t load;
	uint32_t degradation;
	uint32_t selected;
	uint64_t turn;
	int64_t credit;
};

/**
 * struct nfhad_policy_pool - candidates, and who of them was selected so far
 * @policy: how they are selected
 * @count: how many
 * @candidate: them
 * @random: rand and wrand: where random numbers come from, nfhad_policy_random()
 * @random_data: for it
 * @turn: how many selections there were; zero in a pool that is new
 * @total: wrr: the weights of those whose turn it could be; the same
 */
struct nfhad_policy_pool {
	enum nfhad_policy policy;
	size_t count;
	struct nfhad_policy_candidate *candidate;
	nfhad_policy_random_fn random;
	void *random_data;
	uint64_t turn;
	uint64_t total;
};

/**
 * nfhad_policy_select - select the next candidate
 * @pool: of these
 * @allow: which may be; NULL: all
 * @data: for it
 *
 * rr: a circular list, one element further each time (4.1.2).
 *
 * wrr: such a list in which each candidate is in proportion to its weight, as evenly
 * distributed as possible (4.2.2): where the same ones are always allowed, none is ever a
 * whole turn ahead of its share or behind it. If all weights that are not 0 are equal,
 * it is rr (4.2.1). The share of one that is not allowed goes to the others, in proportion
 * to their weights.
 *
 * rand: each with the same probability (4.3); wrand: with that of its weight to the sum
 * of weights (4.4.2).
 *
 * prio: the highest priority (4.5.2, 4.5.3). lu: the lowest load; round robin among
 * equals (5.1.2). lud: the lowest nfhad_policy_load(), and the one that is
 * selected counts one selection more (5.2.2).
 *
 * Return: its index; -ENOENT if there is none; -E2BIG if the pool is too large; what
 * @random returned, or -EIO if its numbers are not random.
 */
int nfhad_policy_select(struct nfhad_policy_pool *pool,
			nfhad_policy_allow_fn allow, const void *data);

/* Could it ever be selected? With a policy that has weights, not at weight 0 (3.2). */
bool nfhad_policy_takes(const struct nfhad_policy_pool *pool, size_t i);

/**
 * nfhad_policy_update - a candidate has told its load
 * @candidate: the candidate
 * @load: the same as before, or another one
 *
 * That is its registration, or re-registration: what it was selected for until
 * now is in the load, so the degradation counter is 0 again (5.2.2).
 */
void nfhad_policy_update(struct nfhad_policy_candidate *candidate, uint32_t load);

/**
 * nfhad_policy_load - the load as it should be now, of lud
 * @candidate: the candidate
 *
 * Return: load + degradation counter * load degradation (5.2.2); more than fully
 * utilized is not possible (3.1).
 */
uint32_t nfhad_policy_load(const struct nfhad_policy_candidate *candidate);

/* The kernel's random numbers, for @random of a pool. Never waits; @data is unused. */
int nfhad_policy_random(void *data, uint64_t *number);

#endif /* NFHAD_POLICY_H */
