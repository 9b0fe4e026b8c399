// SPDX-License-Identifier: GPL-2.0-or-later
/* Which candidate comes next, as RFC 5356 has it. */

#include <errno.h>
#include <sys/random.h>

#include "policy.h"

/* A weight in credit. The rest is for what is left when the weights change. */
#define CREDIT_OF_WEIGHT 65536ll

/* So many numbers are out of range in a row once in 2^64 times, at the most. */
#define RANDOM_TRIES 64

/* A selection that is being made. */
struct choice {
	struct nfhad_policy_pool *pool;
	nfhad_policy_allow_fn allow;
	const void *data;
};

/* Negative if the first one comes before the second, 0 if they are equal. */
typedef int (*order_fn)(const struct nfhad_policy_pool *pool,
			const struct nfhad_policy_candidate *a,
			const struct nfhad_policy_candidate *b);

const char *const nfhad_policy_words[] = {
	[NFHAD_POLICY_RR] = "rr",
	[NFHAD_POLICY_WRR] = "wrr",
	[NFHAD_POLICY_RAND] = "rand",
	[NFHAD_POLICY_WRAND] = "wrand",
	[NFHAD_POLICY_PRIO] = "prio",
	[NFHAD_POLICY_LU] = "lu",
	[NFHAD_POLICY_LUD] = "lud",
	NULL,
};

static bool has_weights(const struct nfhad_policy_pool *pool)
{
	return pool->policy == NFHAD_POLICY_WRR ||
	       pool->policy == NFHAD_POLICY_WRAND;
}

/* RAND is WRAND with all weights set to 1 (4.4.1), and WRR likewise (4.2.1). */
static uint32_t weight_of(const struct nfhad_policy_pool *pool, size_t i)
{
	return has_weights(pool) ? pool->candidate[i].weight : 1;
}

bool nfhad_policy_takes(const struct nfhad_policy_pool *pool, size_t i)
{
	return weight_of(pool, i);
}

static bool is_in(const struct choice *choice, size_t i)
{
	return nfhad_policy_takes(choice->pool, i) &&
	       (!choice->allow || choice->allow(i, choice->data));
}

static uint64_t weight_of_all(const struct choice *choice)
{
	uint64_t weight = 0;
	size_t i;

	for (i = 0; i < choice->pool->count; i++)
		if (is_in(choice, i))
			weight += weight_of(choice->pool, i);
	return weight;
}

static int first(const struct choice *choice, order_fn order)
{
	const struct nfhad_policy_pool *pool = choice->pool;
	const struct nfhad_policy_candidate *c, *best = NULL;
	int difference;
	size_t i;

	for (i = 0; i < pool->count; i++) {
		c = &pool->candidate[i];
		if (!is_in(choice, i))
			continue;
		difference = best && order ? order(pool, c, best) : 0;
		if (!best || difference < 0 ||
		    (!difference && c->turn < best->turn))
			best = c;
	}
	return best ? (int)(best - pool->candidate) : -ENOENT;
}

static int by_priority(const struct nfhad_policy_pool *pool,
		       const struct nfhad_policy_candidate *a,
		       const struct nfhad_policy_candidate *b)
{
	(void)pool;
	return (a->priority < b->priority) - (a->priority > b->priority);
}

static int by_load(const struct nfhad_policy_pool *pool,
		   const struct nfhad_policy_candidate *a,
		   const struct nfhad_policy_candidate *b)
{
	uint32_t load_a = a->load, load_b = b->load;

	if (pool->policy == NFHAD_POLICY_LUD) {
		load_a = nfhad_policy_load(a);
		load_b = nfhad_policy_load(b);
	}
	return (load_a > load_b) - (load_a < load_b);
}

/*
 * Weighted round robin. At each turn everybody gets credit for the own weight, and the
 * one whose turn it is pays the weights of all. The share of the one is due when
 * credit comes to more than nothing, and overdue when it comes to what a turn costs.
 * Of those whose share is due, the one that would be overdue first has the turn. So
 * nobody is ever a whole turn ahead or behind. Other rules that hand out turns by
 * credit, such as to the one with the most, do not keep that.
 */

static int64_t income(const struct nfhad_policy_candidate *c)
{
	return c->weight * CREDIT_OF_WEIGHT;
}

static bool is_due(const struct nfhad_policy_candidate *c)
{
	return c->credit + income(c) > 0;
}

static int by_share(const struct nfhad_policy_pool *pool,
		    const struct nfhad_policy_candidate *a,
		    const struct nfhad_policy_candidate *b)
{
	int64_t price = (int64_t)pool->total * CREDIT_OF_WEIGHT;
	__int128 until_a, until_b;

	if (is_due(a) != is_due(b))
		return is_due(a) ? -1 : 1;
	if (!is_due(a))
		return (a->credit < b->credit) - (a->credit > b->credit);
	/* Each by its own weight, but without fractions. */
	until_a = (__int128)(price - a->credit) * b->weight;
	until_b = (__int128)(price - b->credit) * a->weight;
	if (until_a != until_b)
		return until_a < until_b ? -1 : 1;
	return (a->weight < b->weight) - (a->weight > b->weight);
}

/*
 * Others are allowed than last time, or weights have changed. What somebody is owed of a
 * turn stays, whatever a turn costs now: credit for millions would last forever
 * among those who get one each.
 */
static void set_total(struct nfhad_policy_pool *pool, uint64_t total)
{
	struct nfhad_policy_candidate *c = pool->candidate;
	size_t i;

	if (pool->total && pool->total != total)
		for (i = 0; i < pool->count; i++)
			c[i].credit = c[i].credit / (int64_t)pool->total *
				      (int64_t)total;
	pool->total = total;
}

/* Nobody gets more than one turn ahead or behind by who is allowed. */
static int64_t within(int64_t price, int64_t credit)
{
	if (credit > price)
		return price;
	return credit < -price ? -price : credit;
}

static void settle(const struct choice *choice, size_t next)
{
	struct nfhad_policy_pool *pool = choice->pool;
	int64_t price = (int64_t)pool->total * CREDIT_OF_WEIGHT;
	struct nfhad_policy_candidate *c;
	size_t i;

	for (i = 0; i < pool->count; i++) {
		c = &pool->candidate[i];
		if (is_in(choice, i))
			c->credit = within(price, c->credit + income(c) -
						  (i == next ? price : 0));
	}
}

/* Of those that have one. */
static bool weights_differ(const struct nfhad_policy_pool *pool)
{
	uint32_t weight = 0;
	size_t i;

	for (i = 0; i < pool->count; i++) {
		if (!weight)
			weight = pool->candidate[i].weight;
		else if (pool->candidate[i].weight &&
			 pool->candidate[i].weight != weight)
			return true;
	}
	return false;
}

static int next_by_weight(const struct choice *choice)
{
	uint64_t total = weight_of_all(choice);
	int next;

	if (!total || !weights_differ(choice->pool))
		return first(choice, NULL);
	set_total(choice->pool, total);
	next = first(choice, by_share);
	settle(choice, next);
	return next;
}

/* Each number below the bound is equally likely: some large ones are not used. */
static int random_below(const struct nfhad_policy_pool *pool, uint64_t bound,
			uint64_t *number)
{
	uint64_t unused = (UINT64_MAX % bound + 1) % bound;
	int i, ret;

	for (i = 0; i < RANDOM_TRIES; i++) {
		ret = pool->random(pool->random_data, number);
		if (ret)
			return ret;
		if (*number <= UINT64_MAX - unused) {
			*number %= bound;
			return 0;
		}
	}
	return -EIO;
}

static int draw(const struct choice *choice)
{
	uint64_t total = weight_of_all(choice), number;
	size_t i;
	int ret;

	if (!total)
		return -ENOENT;
	ret = random_below(choice->pool, total, &number);
	if (ret)
		return ret;
	for (i = 0; i < choice->pool->count; i++) {
		if (!is_in(choice, i))
			continue;
		if (number < weight_of(choice->pool, i))
			return (int)i;
		number -= weight_of(choice->pool, i);
	}
	return -ENOENT;
}

static int next_of(const struct choice *choice)
{
	switch (choice->pool->policy) {
	case NFHAD_POLICY_WRR:
		return next_by_weight(choice);
	case NFHAD_POLICY_RAND:
	case NFHAD_POLICY_WRAND:
		return draw(choice);
	case NFHAD_POLICY_PRIO:
		return first(choice, by_priority);
	case NFHAD_POLICY_LU:
	case NFHAD_POLICY_LUD:
		return first(choice, by_load);
	case NFHAD_POLICY_RR:
		break;
	}
	return first(choice, NULL);
}

int nfhad_policy_select(struct nfhad_policy_pool *pool,
			nfhad_policy_allow_fn allow, const void *data)
{
	const struct choice choice = { pool, allow, data };
	int next;

	if (pool->count > NFHAD_POLICY_POOL_MAX)
		return -E2BIG;
	next = next_of(&choice);
	if (next < 0)
		return next;
	pool->candidate[next].turn = ++pool->turn;
	if (pool->candidate[next].selected < UINT32_MAX)
		pool->candidate[next].selected++;
	return next;
}

void nfhad_policy_update(struct nfhad_policy_candidate *candidate, uint32_t load)
{
	candidate->load = load;
	candidate->selected = 0;
}

uint32_t nfhad_policy_load(const struct nfhad_policy_candidate *candidate)
{
	/* (2^32 - 1) * (2^32 - 1) + (2^32 - 1) is less than 2^64. */
	uint64_t load = (uint64_t)candidate->selected * candidate->degradation +
			candidate->load;

	return load < NFHAD_POLICY_LOAD_MAX ? load : NFHAD_POLICY_LOAD_MAX;
}

int nfhad_policy_random(void *data, uint64_t *number)
{
	ssize_t n = getrandom(number, sizeof(*number), GRND_INSECURE);

	(void)data;
	if (n < 0)
		return -errno;
	return n == sizeof(*number) ? 0 : -EIO;
}
