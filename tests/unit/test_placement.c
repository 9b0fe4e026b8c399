// SPDX-License-Identifier: GPL-2.0-or-later
/* On which host an instance goes, and what is said of it. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "placement.h"
#include "unit.h"

#define MANY 1000
#define PERCENT (NFHAD_POLICY_LOAD_MAX / 100)

static struct nfhad_placement_host host[MANY];
static struct nfhad_placement *placement;
static char why[256];

static const struct nfhad_placement_request any;

static int refuse(void *data, uint64_t *number)
{
	(void)data;
	(void)number;
	return -EAGAIN;
}

static int give_zero(void *data, uint64_t *number)
{
	(void)data;
	*number = 0;
	return 0;
}

static void setup(void)
{
	memset(host, 0, sizeof(host));
	host[0] = (struct nfhad_placement_host){ "a", 4, .weight = 1 };
	host[1] = (struct nfhad_placement_host){ "b", 4, .weight = 1 };
	host[2] = (struct nfhad_placement_host){ "c", 4, .weight = 1 };
	placement = NULL;
}

static void teardown(void)
{
	nfhad_placement_free(placement);
}

static void begin(enum nfhad_policy policy, size_t hosts)
{
	nfhad_placement_free(placement);
	ck_assert_int_eq(nfhad_placement_new(policy, host, hosts, &placement), 0);
}

static int choose(const struct nfhad_placement_request *request)
{
	return nfhad_placement_choose(placement, request, why, sizeof(why));
}

static void counts(size_t i, uint32_t instances)
{
	host[i].instances = instances;
	nfhad_placement_update(placement, i);
}

/* The host of this index is chosen, and this is why. */
#define CHOOSES(request, wanted, line) do {				\
	ck_assert_int_eq(choose(request), wanted);			\
	ck_assert_str_eq(why, line);					\
} while (0)

/* The same, and the instance is there from now on. */
#define PLACES(wanted, line) do {					\
	CHOOSES(&any, wanted, line);					\
	counts(wanted, host[wanted].instances + 1);			\
} while (0)

START_TEST(example)
{
	const struct nfhad_placement_request request = { .master = &host[2] };

	host[0].instances = 4;
	host[1].instances = 1;
	begin(NFHAD_POLICY_LU, 3);
	CHOOSES(&request, 1,
		"lu: host b, 1 of 4 used; a: full; c: has the master");
}

START_TEST(each_policy)
{
	host[1].weight = 3;
	host[1].priority = 7;
	host[0].instances = 2;
	host[1].instances = 1;
	host[2].instances = 3;
	begin(NFHAD_POLICY_RR, 3);
	CHOOSES(&any, 0, "rr: host a, 2 of 4 used");
	CHOOSES(&any, 1, "rr: host b, 1 of 4 used");
	CHOOSES(&any, 2, "rr: host c, 3 of 4 used");
	CHOOSES(&any, 0, "rr: host a, 2 of 4 used");
	begin(NFHAD_POLICY_WRR, 3);
	CHOOSES(&any, 1, "wrr: host b, weight 3, 1 of 4 used");
	begin(NFHAD_POLICY_RAND, 3);
	placement->pool.random = give_zero;
	CHOOSES(&any, 0, "rand: host a, 2 of 4 used");
	begin(NFHAD_POLICY_WRAND, 3);
	placement->pool.random = give_zero;
	CHOOSES(&any, 0, "wrand: host a, weight 1, 2 of 4 used");
	begin(NFHAD_POLICY_PRIO, 3);
	CHOOSES(&any, 1, "prio: host b, priority 7, 1 of 4 used");
	begin(NFHAD_POLICY_LU, 3);
	CHOOSES(&any, 1, "lu: host b, 1 of 4 used");
	begin(NFHAD_POLICY_LUD, 3);
	CHOOSES(&any, 1, "lud: host b, load 25%, and 50% with those chosen since, 1 of 4 used");
}

/* The kernel's random numbers are used unless there are others. */
START_TEST(at_random)
{
	int i, times[3] = { 0 };

	begin(NFHAD_POLICY_RAND, 3);
	for (i = 0; i < 1000; i++)
		times[choose(&any)]++;
	for (i = 0; i < 3; i++)
		ck_assert_int_gt(times[i], 200);
	placement->pool.random = refuse;
	CHOOSES(&any, -EAGAIN, "rand: no host, Resource temporarily unavailable");
}

START_TEST(room)
{
	host[0].closed = true;
	host[1].capacity = 1;
	host[2].capacity = 2;
	begin(NFHAD_POLICY_PRIO, 3);
	PLACES(1, "prio: host b, priority 0, 0 of 1 used; a: closed");
	PLACES(2, "prio: host c, priority 0, 0 of 2 used; a: closed; b: full");
	PLACES(2, "prio: host c, priority 0, 1 of 2 used; a: closed; b: full");
	CHOOSES(&any, -ENOSPC, "prio: no host; a: closed; b: full; c: full");
	/* More than it can have, after it was made smaller. */
	counts(2, 3);
	CHOOSES(&any, -ENOSPC, "prio: no host; a: closed; b: full; c: full");
	/* Seen without an update. */
	host[1].instances = 0;
	CHOOSES(&any, 1,
		"prio: host b, priority 0, 0 of 1 used; a: closed; c: full");
	host[0].closed = false;
	host[0].capacity = 0;
	counts(0, 1000000);
	CHOOSES(&any, 0,
		"prio: host a, priority 0, 1000000 used; c: full");
}

START_TEST(no_hosts)
{
	begin(NFHAD_POLICY_RR, 0);
	CHOOSES(&any, -ENOSPC, "rr: no host");
	ck_assert_int_eq(nfhad_placement_new(NFHAD_POLICY_RR, host,
					     NFHAD_POLICY_POOL_MAX + 1,
					     &placement), -E2BIG);
}

START_TEST(weight_zero)
{
	host[0].weight = 0;
	begin(NFHAD_POLICY_WRR, 2);
	CHOOSES(&any, 1, "wrr: host b, weight 1, 0 of 4 used; a: weight 0");
	host[1].instances = 4;
	CHOOSES(&any, -ENOSPC, "wrr: no host; a: weight 0; b: full");
	begin(NFHAD_POLICY_LU, 2);
	CHOOSES(&any, 0, "lu: host a, 0 of 4 used; b: full");
}

/* A master and its backup: on one host only if there is no other, or never. */
START_TEST(apart)
{
	struct nfhad_placement_request request = { .master = &host[0] };

	host[2].closed = true;
	host[1].instances = 3;
	begin(NFHAD_POLICY_LU, 3);
	CHOOSES(&request, 1,
		"lu: host b, 3 of 4 used; a: has the master; c: closed");
	counts(1, 4);
	CHOOSES(&request, 0,
		"lu: host a, 0 of 4 used, has the master; b: full; c: closed");
	request.strict = true;
	CHOOSES(&request, -EUSERS,
		"lu: no host; a: has the master; b: full; c: closed");
	/* That was not the reason. */
	host[0].instances = 4;
	CHOOSES(&request, -ENOSPC, "lu: no host; a: full; b: full; c: closed");
	request.strict = false;
	CHOOSES(&request, -ENOSPC, "lu: no host; a: full; b: full; c: closed");
	/* A master that is on none of them is in nobody's way. */
	request.master = &host[3];
	counts(1, 0);
	CHOOSES(&request, 1, "lu: host b, 0 of 4 used; a: full; c: closed");
	/* Without weight there is nothing to be refused. */
	host[0].instances = 0;
	host[0].weight = 0;
	host[1].closed = true;
	begin(NFHAD_POLICY_WRR, 3);
	request = (struct nfhad_placement_request){ &host[0], true };
	CHOOSES(&request, -ENOSPC,
		"wrr: no host; a: weight 0; b: closed; c: closed");
}

/* Backups of masters here and there do not make anybody wait for ever. */
START_TEST(apart_in_turn)
{
	struct nfhad_placement_request request;
	int i, times[3] = { 0 };

	begin(NFHAD_POLICY_RR, 3);
	for (i = 0; i < 300; i++) {
		request = (struct nfhad_placement_request){ &host[i % 3], true };
		times[choose(&request)]++;
	}
	for (i = 0; i < 3; i++) {
		ck_assert_int_ge(times[i], 99);
		ck_assert_int_le(times[i], 101);
	}
}

START_TEST(load)
{
	const uint32_t max = NFHAD_POLICY_LOAD_MAX;
	const struct nfhad_policy_candidate *c;

	begin(NFHAD_POLICY_LU, 3);
	c = placement->pool.candidate;
	ck_assert_uint_eq(c[0].load, 0);
	counts(0, 1);
	ck_assert_uint_eq(c[0].load, max / 4);
	counts(0, 3);
	ck_assert_uint_eq(c[0].load, (uint64_t)max * 3 / 4);
	counts(0, 4);
	ck_assert_uint_eq(c[0].load, max);
	counts(0, 5);
	ck_assert_uint_eq(c[0].load, max);
	host[0].capacity = UINT32_MAX;
	counts(0, UINT32_MAX - 1);
	ck_assert_uint_eq(c[0].load, max - 1);
	/* Of all that there could be. */
	host[0].capacity = 0;
	counts(0, 5);
	ck_assert_uint_eq(c[0].load, 5);
	counts(0, UINT32_MAX);
	ck_assert_uint_eq(c[0].load, max);
	/* What is measured, whatever is on it. */
	host[0].is_measured = true;
	host[0].load = max / 2;
	counts(0, 1);
	ck_assert_uint_eq(c[0].load, max / 2);
}

START_TEST(least_used)
{
	host[0].instances = 1;
	host[1].capacity = 10;
	host[1].instances = 2;
	host[2].capacity = 2;
	begin(NFHAD_POLICY_LU, 3);
	PLACES(2, "lu: host c, 0 of 2 used");
	/* 1 of 4 is more than 2 of 10, and less than 1 of 2. */
	PLACES(1, "lu: host b, 2 of 10 used");
	PLACES(0, "lu: host a, 1 of 4 used");
	/* The fewest, if none has a limit. */
	host[0].capacity = 0;
	host[1].capacity = 0;
	host[2].capacity = 0;
	begin(NFHAD_POLICY_LU, 3);
	PLACES(2, "lu: host c, 1 used");
	PLACES(0, "lu: host a, 2 used");
	PLACES(2, "lu: host c, 2 used");
	/* What somebody has measured, instead. */
	host[0].is_measured = true;
	host[1].is_measured = true;
	host[2].is_measured = true;
	host[0].load = 31 * PERCENT;
	host[1].load = 30 * PERCENT;
	host[2].load = 32 * PERCENT;
	begin(NFHAD_POLICY_LU, 3);
	PLACES(1, "lu: host b, load 30%, 3 used");
	PLACES(1, "lu: host b, load 30%, 4 used");
	host[1].load = NFHAD_POLICY_LOAD_MAX;
	nfhad_placement_update(placement, 1);
	PLACES(0, "lu: host a, load 31%, 3 used");
}

/* What was chosen counts until the host is heard of again. */
START_TEST(degraded)
{
	host[0].instances = 2;
	begin(NFHAD_POLICY_LUD, 3);
	/* One more is a quarter, unless somebody knows better. */
	CHOOSES(&any, 1, "lud: host b, load 0%, and 25% with those chosen since, 0 of 4 used");
	CHOOSES(&any, 2, "lud: host c, load 0%, and 25% with those chosen since, 0 of 4 used");
	CHOOSES(&any, 1, "lud: host b, load 0%, and 50% with those chosen since, 0 of 4 used");
	/* Nothing has come of it. */
	nfhad_placement_update(placement, 1);
	CHOOSES(&any, 1, "lud: host b, load 0%, and 25% with those chosen since, 0 of 4 used");
	/* And here it has. */
	counts(2, 1);
	ck_assert_uint_eq(placement->pool.candidate[2].selected, 0);
	host[0].is_measured = true;
	host[0].load = 10 * PERCENT;
	host[0].degradation = 10 * PERCENT;
	nfhad_placement_update(placement, 0);
	CHOOSES(&any, 0, "lud: host a, load 10%, and 20% with those chosen since, 2 of 4 used");
	CHOOSES(&any, 0, "lud: host a, load 10%, and 30% with those chosen since, 2 of 4 used");
	ck_assert_int_eq(choose(&any), 2);
	ck_assert_int_eq(choose(&any), 1);
	ck_assert_int_eq(choose(&any), 0);
}

static int choose_spare(const struct nfhad_placement_request *request,
			const struct nfhad_placement_host *const *spare,
			size_t spares)
{
	return nfhad_placement_choose_spare(placement, request, spare, spares,
					    why, sizeof(why));
}

START_TEST(spares)
{
	const struct nfhad_placement_host *spare[] = {
		&host[2], &host[1], &host[2], &host[1], &host[3],
	};
	struct nfhad_placement_request request = { .master = &host[1] };

	host[1].instances = 1;
	begin(NFHAD_POLICY_LU, 3);
	ck_assert_int_eq(choose_spare(&any, spare, 4), 0);
	ck_assert_str_eq(why, "lu: host c, 0 of 4 used; a: no spare");
	counts(2, 2);
	ck_assert_int_eq(choose_spare(&any, spare, 4), 1);
	ck_assert_str_eq(why, "lu: host b, 1 of 4 used; a: no spare");
	ck_assert_int_eq(choose_spare(&request, spare, 4), 0);
	ck_assert_str_eq(why, "lu: host c, 2 of 4 used; a: no spare; b: has the master");
	ck_assert_int_eq(choose_spare(&request, spare + 1, 1), 0);
	ck_assert_str_eq(why, "lu: host b, 1 of 4 used, has the master; a: no spare; c: no spare");
	request.strict = true;
	ck_assert_int_eq(choose_spare(&request, spare + 1, 1), -EUSERS);
	/* One that is prepared does not make room. */
	counts(1, 4);
	counts(2, 4);
	ck_assert_int_eq(choose_spare(&any, spare, 4), -ENOSPC);
	ck_assert_str_eq(why, "lu: no host; a: no spare; b: full; c: full");
	ck_assert_int_eq(choose_spare(&any, spare, 0), -ENOSPC);
	ck_assert_int_eq(choose_spare(&any, NULL, 0), -ENOSPC);
	ck_assert_str_eq(why, "lu: no host; a: no spare; b: no spare; c: no spare");
	/* One on a host that nobody knows. */
	ck_assert_int_eq(choose_spare(&any, spare + 4, 1), -ENOSPC);
}

/* What does not fit is left out, and nothing is written behind the end. */
START_TEST(short_lines)
{
	const struct nfhad_placement_request request = { .master = &host[2] };
	static const char *const wanted[] = {
		[1] = "",
		[2] = "l",
		[22] = "lu: host b, 1 of 4 us",
		[24] = "lu: host b, 1 of 4 used",
		[28] = "lu: host b, 1 of 4 used",
		[29] = "lu: host b, 1 of 4 used; ...",
		[37] = "lu: host b, 1 of 4 used; ...",
		[38] = "lu: host b, 1 of 4 used; a: full; ...",
	};
	char *line;
	size_t i;

	host[0].instances = 4;
	host[1].instances = 1;
	begin(NFHAD_POLICY_LU, 3);
	ck_assert_int_eq(nfhad_placement_choose(placement, &request, NULL, 0), 1);
	for (i = 1; i < ARRAY_SIZE(wanted); i++) {
		line = malloc(i);
		ck_assert_ptr_nonnull(line);
		ck_assert_int_eq(nfhad_placement_choose(placement, &request,
							line, i), 1);
		ck_assert_uint_lt(strlen(line), i);
		if (wanted[i])
			ck_assert_str_eq(line, wanted[i]);
		free(line);
	}
}

/* Many hosts fill up together, to the last place. */
START_TEST(thousand)
{
	static char name[MANY][8];
	int i, next;

	for (i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "h%d", i);
		host[i] = (struct nfhad_placement_host){ .name = name[i],
							 .capacity = 2 };
	}
	begin(NFHAD_POLICY_LU, MANY);
	for (i = 0; i < 2 * MANY; i++) {
		next = choose(&any);
		ck_assert_int_ge(next, 0);
		ck_assert_uint_eq(host[next].instances, i / MANY);
		counts(next, host[next].instances + 1);
	}
	ck_assert_int_eq(choose(&any), -ENOSPC);
	ck_assert_uint_lt(strlen(why), sizeof(why));
	ck_assert_str_eq(why + strlen(why) - 5, "; ...");
}

UNIT_MAIN_FIXTURE("placement", setup, teardown, example, each_policy, at_random,
		  room, no_hosts, weight_zero, apart, apart_in_turn, load,
		  least_used, degraded, spares, short_lines, thousand)
