// SPDX-License-Identifier: GPL-2.0-or-later

#include <string.h>

#include "dice.h"

/* Steps by the golden ratio and stirs: each stream has a place of its own to begin. */
uint64_t dice_u64(struct dice *dice)
{
	uint64_t x = dice->state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

void dice_seed(struct dice *dice, uint64_t seed, uint64_t stream)
{
	struct dice other = { .state = seed };

	dice->state = dice_u64(&other);
	other.state = stream;
	dice->state ^= dice_u64(&other);
}

uint64_t dice_below(struct dice *dice, uint64_t n)
{
	return n ? dice_u64(dice) % n : 0;
}

bool dice_percent(struct dice *dice, unsigned int percent)
{
	return dice_below(dice, 100) < percent;
}

/* As many of each number of bits. */
uint64_t dice_between(struct dice *dice, uint64_t min, uint64_t max)
{
	uint64_t width = max - min;

	switch (dice_below(dice, 8)) {
	case 0:
		return min;
	case 1:
		return max;
	default:
		break;
	}
	width &= UINT64_MAX >> dice_below(dice, 64);
	return min + (width == UINT64_MAX ? dice_u64(dice) :
					    dice_below(dice, width + 1));
}

void dice_fill(struct dice *dice, void *to, size_t length)
{
	unsigned char *at = to;

	while (length) {
		uint64_t bits = dice_u64(dice);
		size_t some = length < sizeof(bits) ? length : sizeof(bits);

		memcpy(at, &bits, some);
		at += some;
		length -= some;
	}
}
