// SPDX-License-Identifier: GPL-2.0-only

#include <linux/mm.h>

#include "map.h"
#include "selftest.h"

static struct nfha_map *map_of(const struct nfha_range *range, unsigned int n)
{
	struct nfha_map *map = nfha_map_alloc(n);

	if (map)
		memcpy(map->range, range, n * sizeof(*range));
	return map;
}

static bool tiles(const struct nfha_range *range, unsigned int n)
{
	struct nfha_map *map = map_of(range, n);
	bool good = map && nfha_map_check(map, NULL);

	kvfree(map);
	return good;
}

static bool checks_tell(void)
{
	static const struct nfha_range all[] = { { 0, 65535, 1 } };
	static const struct nfha_range two[] = { { 0, 9, 1 }, { 10, 65535, 2 } };
	static const struct nfha_range gap[] = { { 0, 8, 1 }, { 10, 65535, 2 } };
	static const struct nfha_range late[] = { { 1, 65535, 1 } };
	static const struct nfha_range early[] = { { 0, 65534, 1 } };
	static const struct nfha_range twice[] = { { 0, 65535, 1 },
						   { 0, 65535, 2 } };
	static const struct nfha_range back[] = { { 0, 9, 1 }, { 10, 5, 2 },
						  { 10, 65535, 1 } };

	return tiles(all, 1) && tiles(two, 2) && !tiles(gap, 2) &&
	       !tiles(late, 1) && !tiles(early, 1) && !tiles(twice, 2) &&
	       !tiles(back, 3);
}

/* Against a scan from the first range to the last. */
static bool owners_are(const struct nfha_map *map)
{
	unsigned int id, i;

	for (id = 0; id <= 65535; id++) {
		for (i = 0; map->range[i].last < id; i++)
			;
		if (nfha_map_owner(map, id) != map->range[i].owner)
			return false;
	}
	return true;
}

#define MANY 100

/* Neighbours in pairs have one owner, and ranges are not of one width. */
static bool pairs_join(void)
{
	struct nfha_map *map = nfha_map_alloc(MANY);
	unsigned int i;
	bool good;

	if (!map)
		return false;
	for (i = 0; i < MANY; i++) {
		map->range[i].first = i * i;
		map->range[i].last = i < MANY - 1 ? (i + 1) * (i + 1) - 1 :
						    65535;
		map->range[i].owner = i / 2 % 3;
	}
	good = nfha_map_check(map, NULL) && owners_are(map);
	nfha_map_join(map);
	good = good && map->count == MANY / 2 && nfha_map_check(map, NULL) &&
	       owners_are(map);
	for (i = 0; good && i < map->count; i++)
		good = map->range[i].owner == i % 3;
	kvfree(map);
	return good;
}

static bool splits_cut(void)
{
	static const struct nfha_range all[] = { { 0, 65535, 1 } };
	struct nfha_map *a = map_of(all, 1), *b = NULL, *c = NULL;
	bool good = false;

	if (!a)
		return false;
	b = nfha_map_split(a, 0, 20000, 2);
	if (!b || !nfha_map_check(b, NULL) || b->count != 2 ||
	    nfha_map_width(b, 2) != 45536 || nfha_map_moved(a, b) != 45536 ||
	    !owners_are(b))
		goto free;
	c = nfha_map_split(b, 1, 20000, 1);
	if (!c || c->count != 1 || nfha_map_moved(a, c))
		goto free;
	kvfree(c);
	c = nfha_map_merge(b, 2, 1);
	good = c && c->count == 1 && nfha_map_width(c, 1) == 65536 &&
	       nfha_map_moved(b, c) == 45536 && nfha_map_moved(NULL, c) == 65536;
free:
	kvfree(a);
	kvfree(b);
	kvfree(c);
	return good;
}

bool nfha_selftest_map(void)
{
	return checks_tell() && pairs_join() && splits_cut();
}
