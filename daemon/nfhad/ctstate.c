// SPDX-License-Identifier: GPL-2.0-or-later
/* The connections of a namespace, as the kernel has told of them. */

#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "ctstate.h"

#define BUCKETS_MIN 16384
#define KINDS 4

#define ENTRY_OF(link, member)						\
	((struct nfhad_ctentry *)((char *)(link) -			\
				  offsetof(struct nfhad_ctentry, member)))

/**
 * struct nfhad_ctstate - the connections of a namespace
 * @bucket: hash table of all but the gone
 * @buckets: a power of two
 * @count: how many of each kind
 * @changed: of each kind, in the order of the last change
 * @heard: connections, in the order of when they were last heard of
 * @helped: connections that have a helper
 * @change: number of the last change
 * @base: the last change that is known elsewhere
 * @mark: who was there at this change is remembered when it goes; 0: no such
 * @sweep: number of the sweep
 * @secret: of the hash, for addresses are chosen by strangers
 */
struct nfhad_ctstate {
	struct nfhad_ctentry **bucket;
	uint32_t buckets;
	uint32_t count[KINDS];
	struct nfhad_ctlink changed[KINDS];
	struct nfhad_ctlink heard;
	struct nfhad_ctlink helped;
	uint64_t change;
	uint64_t base;
	uint64_t mark;
	uint32_t sweep;
	uint64_t secret;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void list_init(struct nfhad_ctlink *link)
{
	link->next = link;
	link->prev = link;
}

static void list_remove(struct nfhad_ctlink *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

static void list_append(struct nfhad_ctlink *list, struct nfhad_ctlink *link)
{
	link->prev = list->prev;
	link->next = list;
	list->prev->next = link;
	list->prev = link;
}

/*
 * A polynomial in a secret number, modulo the prime 2^61 - 1: who does not know
 * the number cannot find keys that collide.
 */
static uint32_t hash_of(const struct nfhad_ctstate *state, uint8_t kind,
			const uint32_t *key, size_t len)
{
	const uint64_t prime = (1ULL << 61) - 1;
	uint64_t hash = kind;
	size_t i;

	for (i = 0; i < len / sizeof(*key); i++) {
		unsigned __int128 product;

		product = (unsigned __int128)hash * state->secret + key[i];
		hash = (uint64_t)(product & prime) + (uint64_t)(product >> 61);
		hash = (hash & prime) + (hash >> 61);
	}
	return (uint32_t)(hash ^ hash >> 29);
}

int nfhad_ctstate_new(struct nfhad_ctstate **out)
{
	struct nfhad_ctstate *state;
	size_t i;

	state = calloc(1, sizeof(*state));
	if (!state)
		return -ENOMEM;
	state->buckets = BUCKETS_MIN;
	state->bucket = calloc(state->buckets, sizeof(void *));
	if (!state->bucket || getrandom(&state->secret, sizeof(state->secret),
					0) != sizeof(state->secret)) {
		free(state->bucket);
		free(state);
		return -ENOMEM;
	}
	state->secret >>= 3;
	for (i = 0; i < KINDS; i++)
		list_init(&state->changed[i]);
	list_init(&state->heard);
	list_init(&state->helped);
	*out = state;
	return 0;
}

void nfhad_ctstate_free(struct nfhad_ctstate *state)
{
	struct nfhad_ctlink *link, *next;
	size_t i;

	if (!state)
		return;
	for (i = 0; i < KINDS; i++) {
		for (link = state->changed[i].next; link != &state->changed[i];
		     link = next) {
			next = link->next;
			free(ENTRY_OF(link, changed));
		}
	}
	free(state->bucket);
	free(state);
}

uint32_t nfhad_ctstate_count(const struct nfhad_ctstate *state,
			     enum nfhad_ctkind kind)
{
	return state->count[kind];
}

/* Without memory for more buckets they get longer. */
static void grow(struct nfhad_ctstate *state)
{
	uint32_t buckets = state->buckets * 2, i;
	struct nfhad_ctentry **bucket, *entry, *next, **place;

	bucket = calloc(buckets, sizeof(void *));
	if (!bucket)
		return;
	for (i = 0; i < state->buckets; i++) {
		for (entry = state->bucket[i]; entry; entry = next) {
			next = entry->next;
			place = &bucket[entry->hash & (buckets - 1)];
			entry->next = *place;
			*place = entry;
		}
	}
	free(state->bucket);
	state->bucket = bucket;
	state->buckets = buckets;
}

/* Where an entry is, or would be. */
static struct nfhad_ctentry **place_of(const struct nfhad_ctstate *state,
				       const struct nfhad_ctattrs *attrs,
				       uint32_t hash, const uint32_t *key,
				       size_t len)
{
	struct nfhad_ctentry **place, *entry;

	place = &state->bucket[hash & (state->buckets - 1)];
	for (; (entry = *place); place = &entry->next) {
		if (entry->hash == hash && entry->kind == attrs->kind &&
		    entry->family == attrs->family && entry->key == len &&
		    !memcmp(entry->attr, key, len))
			break;
	}
	return place;
}

static void changed(struct nfhad_ctstate *state, struct nfhad_ctentry *entry)
{
	entry->change = ++state->change;
	list_remove(&entry->changed);
	list_append(&state->changed[entry->kind], &entry->changed);
}

static void heard(struct nfhad_ctstate *state, struct nfhad_ctentry *entry)
{
	entry->sweep = state->sweep;
	if (entry->kind != NFHAD_CT_CONNECTION)
		return;
	entry->heard_ns = now_ns();
	list_remove(&entry->heard);
	list_append(&state->heard, &entry->heard);
}

static void unlink_entry(struct nfhad_ctstate *state,
			 struct nfhad_ctentry **place)
{
	struct nfhad_ctentry *entry = *place;

	*place = entry->next;
	list_remove(&entry->changed);
	list_remove(&entry->heard);
	list_remove(&entry->helped);
	state->count[entry->kind]--;
}

/* What was there at the base has to be taken from it. */
static void drop(struct nfhad_ctstate *state, struct nfhad_ctentry **place)
{
	struct nfhad_ctentry *entry = *place;

	unlink_entry(state, place);
	if (entry->kind != NFHAD_CT_CONNECTION ||
	    (entry->born > state->base && entry->born > state->mark)) {
		free(entry);
		return;
	}
	entry->kind = NFHAD_CT_GONE;
	entry->len = entry->key;
	state->count[NFHAD_CT_GONE]++;
	changed(state, entry);
}

/* An entry with room for so many bytes; the old one, if any, is gone then. */
static struct nfhad_ctentry *make_room(struct nfhad_ctstate *state,
				       struct nfhad_ctentry **place, size_t len)
{
	struct nfhad_ctentry *old = *place, *entry;
	size_t room = (len + 31) / 32 * 32;

	if (old && old->room >= len)
		return old;
	entry = calloc(1, sizeof(*entry) + room);
	if (!entry)
		return NULL;
	if (old) {
		/* The links are made anew below. */
		unlink_entry(state, place);
		memcpy(entry, old, sizeof(*entry));
		free(old);
	} else {
		entry->born = state->change + 1;
	}
	entry->room = (uint16_t)room;
	list_init(&entry->changed);
	list_init(&entry->heard);
	list_init(&entry->helped);
	entry->next = *place;
	*place = entry;
	return entry;
}

/* @data: the key, with room for the rest */
static int store(struct nfhad_ctstate *state, struct nfhad_ctentry **place,
		 const struct nfhad_ctattrs *attrs,
		 const struct nfhad_ctattrs *old, uint32_t *data, size_t key,
		 uint32_t hash)
{
	struct nfhad_ctentry *entry = *place;
	size_t len;

	len = nfhad_ctattrs_rest(attrs, old, data, key);
	if (!len)
		return -EMSGSIZE;
	if (entry && entry->id == attrs->id && entry->len == len &&
	    !memcmp(entry->attr, data, len)) {
		heard(state, entry);
		return 0;
	}
	if (!entry && state->count[attrs->kind] >= NFHAD_CTSTATE_MAX)
		return -ENOSPC;
	if (!entry || entry->room < len) {
		entry = make_room(state, place, len);
		if (!entry)
			return -ENOMEM;
		state->count[attrs->kind]++;
	}
	entry->hash = hash;
	entry->id = attrs->id;
	entry->kind = (uint8_t)attrs->kind;
	entry->family = attrs->family;
	entry->key = (uint16_t)key;
	entry->len = (uint16_t)len;
	memcpy(entry->attr, data, len);
	changed(state, entry);
	heard(state, entry);
	list_remove(&entry->helped);
	if (attrs->kind == NFHAD_CT_CONNECTION &&
	    (attrs->at[CTA_HELP] || (old && old->at[CTA_HELP])))
		list_append(&state->helped, &entry->helped);
	if (state->count[attrs->kind] > state->buckets)
		grow(state);
	return 0;
}

/*
 * A timeout that runs down changes nothing that is worth a record, as long as
 * it is told to an eighth.
 */
static bool is_about(const struct nlattr *a, const struct nlattr *b)
{
	uint32_t x = nfhad_ctattr_u32(a, 0), y = nfhad_ctattr_u32(b, 0);

	return a && b && (x > y ? x - y : y - x) < y / 8;
}

int nfhad_ctstate_learn(struct nfhad_ctstate *state,
			const struct nfhad_ctattrs *said, bool whole)
{
	uint32_t data[NFHAD_CTATTR_BYTES / 4];
	struct nfhad_ctattrs attrs = *said, old;
	struct nfhad_ctentry **place, *entry;
	size_t key;
	uint32_t hash;

	key = nfhad_ctattrs_key(&attrs, data);
	if (!key)
		return -EMSGSIZE;
	hash = hash_of(state, (uint8_t)attrs.kind, data, key);
	place = place_of(state, &attrs, hash, data, key);
	entry = *place;
	if (!entry || entry->id != attrs.id ||
	    nfhad_ctattrs_parse(attrs.kind, attrs.family, entry->attr,
				entry->len, &old))
		return store(state, place, &attrs, NULL, data, key, hash);
	if (attrs.kind != NFHAD_CT_CONNECTION)
		return store(state, place, &attrs, &old, data, key, hash);
	/* A dump, too, is silent about these while packets go around. */
	if (nfhad_ctattr_u32(attrs.at[CTA_STATUS], 0) & IPS_OFFLOAD)
		whole = false;
	if (whole && is_about(attrs.at[CTA_TIMEOUT], old.at[CTA_TIMEOUT]))
		attrs.at[CTA_TIMEOUT] = old.at[CTA_TIMEOUT];
	return store(state, place, &attrs, whole ? NULL : &old, data, key,
		     hash);
}

void nfhad_ctstate_forget(struct nfhad_ctstate *state,
			  const struct nfhad_ctattrs *attrs)
{
	uint32_t key[NFHAD_CTATTR_BYTES / 4];
	struct nfhad_ctentry **place;
	size_t len;

	len = nfhad_ctattrs_key(attrs, key);
	if (!len)
		return;
	place = place_of(state, attrs,
			 hash_of(state, (uint8_t)attrs->kind, key, len), key,
			 len);
	if (*place && (!attrs->id || (*place)->id == attrs->id))
		drop(state, place);
}

void nfhad_ctstate_sweep(struct nfhad_ctstate *state)
{
	state->sweep++;
}

void nfhad_ctstate_swept(struct nfhad_ctstate *state)
{
	struct nfhad_ctentry **place;
	uint32_t i;

	for (i = 0; i < state->buckets; i++) {
		for (place = &state->bucket[i]; *place;) {
			if ((*place)->sweep == state->sweep)
				place = &(*place)->next;
			else
				drop(state, place);
		}
	}
}

uint64_t nfhad_ctstate_base(struct nfhad_ctstate *state)
{
	struct nfhad_ctlink *list = &state->changed[NFHAD_CT_GONE];
	struct nfhad_ctlink *link, *next;

	for (link = list->next; link != list; link = next) {
		next = link->next;
		free(ENTRY_OF(link, changed));
	}
	list_init(list);
	state->count[NFHAD_CT_GONE] = 0;
	state->base = state->change;
	return state->base;
}

uint64_t nfhad_ctstate_mark(struct nfhad_ctstate *state, bool on)
{
	state->mark = on ? state->change : 0;
	return state->change;
}

const struct nfhad_ctentry *
nfhad_ctstate_changed(const struct nfhad_ctstate *state,
		      const struct nfhad_ctentry *last)
{
	const struct nfhad_ctlink *list = &state->changed[NFHAD_CT_CONNECTION];
	const struct nfhad_ctlink *link = last ? &last->changed : list;
	const struct nfhad_ctentry *entry;

	if (link->prev == list)
		return NULL;
	entry = ENTRY_OF(link->prev, changed);
	return entry->change > state->base ? entry : NULL;
}

const struct nfhad_ctentry *
nfhad_ctstate_all(const struct nfhad_ctstate *state, enum nfhad_ctkind kind,
		  const struct nfhad_ctentry *last)
{
	const struct nfhad_ctlink *list = &state->changed[kind];
	const struct nfhad_ctlink *link = last ? &last->changed : list;

	return link->next == list ? NULL : ENTRY_OF(link->next, changed);
}

const struct nfhad_ctentry *
nfhad_ctstate_silent(const struct nfhad_ctstate *state, uint64_t until_ns,
		     const struct nfhad_ctentry *last)
{
	const struct nfhad_ctlink *link = last ? &last->heard : &state->heard;
	const struct nfhad_ctentry *entry;

	if (link->next == &state->heard)
		return NULL;
	entry = ENTRY_OF(link->next, heard);
	return entry->heard_ns <= until_ns ? entry : NULL;
}

const struct nfhad_ctentry *
nfhad_ctstate_helped(const struct nfhad_ctstate *state, uint64_t until_ns,
		     const struct nfhad_ctentry *last)
{
	const struct nfhad_ctlink *link = last ? &last->helped : &state->helped;
	const struct nfhad_ctentry *entry;

	while ((link = link->next) != &state->helped) {
		entry = ENTRY_OF(link, helped);
		if (entry->heard_ns <= until_ns)
			return entry;
	}
	return NULL;
}
