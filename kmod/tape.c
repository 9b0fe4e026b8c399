// SPDX-License-Identifier: GPL-2.0-only
/*
 * Things of any length, one behind the other, in pages: the beginning of each is in
 * one piece, the rest goes on where there is room. Nothing is allocated or freed for
 * a thing alone; what is old is cut off as a whole, and its memory used again.
 */

#include <linux/gfp.h>

#include "tape.h"

/* Chunks that are cut off under the owner's lock at a time. */
#define CUT_MAX 64

static struct nfha_chunk *next_of(struct nfha_chunk *chunk)
{
	return list_next_entry(chunk, list);
}

/* With those that are spare, memory never exceeds the limit either: they have been
 * in use before. The reserves of memory are for those who receive.
 */
static struct nfha_chunk *chunk_get(struct nfha_tape *tape)
{
	struct nfha_chunk *chunk =
		list_first_entry_or_null(&tape->spare, struct nfha_chunk, list);

	if (chunk)
		list_del(&chunk->list);
	else
		chunk = (void *)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);
	if (chunk) {
		chunk->begin = 0;
		chunk->used = 0;
	}
	return chunk;
}

/* Bytes that could be written now, of a thing that begins with so many. */
static u32 room_for(const struct nfha_tape *tape, u32 head)
{
	u32 room = tape->last ? NFHA_CHUNK_DATA - tape->last->used : 0;

	return room < head ? 0 : room;
}

static void chunk_spare(struct nfha_tape *tape, struct nfha_chunk *chunk)
{
	tape->bytes -= PAGE_SIZE;
	list_move(&chunk->list, &tape->spare);
}

/**
 * nfha_tape_grow - get the memory for a thing that is to be written
 * @tape: the tape
 * @head: bytes of its beginning
 * @size: all bytes, padded
 * @max: limit of the tape's memory
 *
 * Context: any; the tape's lock.
 * Return: true if it can be written; false beyond the limit or without memory.
 */
bool nfha_tape_grow(struct nfha_tape *tape, u32 head, u32 size, u64 max)
{
	u32 room = room_for(tape, head);
	struct nfha_chunk *chunk, *next;
	LIST_HEAD(new);

	for (; room < size; room += NFHA_CHUNK_DATA) {
		chunk = tape->bytes + PAGE_SIZE <= max ? chunk_get(tape) : NULL;
		if (!chunk)
			goto undo;
		tape->bytes += PAGE_SIZE;
		list_add_tail(&chunk->list, &new);
	}
	list_splice_tail(&new, &tape->chunks);
	return true;
undo:
	list_for_each_entry_safe(chunk, next, &new, list)
		chunk_spare(tape, chunk);
	return false;
}

static u32 last_room(const struct nfha_tape *tape)
{
	return NFHA_CHUNK_DATA - tape->last->used;
}

static void last_move(struct nfha_tape *tape)
{
	tape->last = tape->last ? next_of(tape->last) :
		     list_first_entry(&tape->chunks, struct nfha_chunk, list);
}

/**
 * nfha_tape_begin - begin to write a thing
 * @tape: the tape, with memory for it
 * @head: bytes of its beginning, padded
 *
 * Context: any; the tape's lock.
 * Return: where to write the beginning.
 */
void *nfha_tape_begin(struct nfha_tape *tape, u32 head)
{
	if (!nfha_tape_has_room(tape, head))
		last_move(tape);
	return nfha_tape_take(tape, head);
}

/**
 * nfha_tape_append - go on with bytes of a packet, and end there
 * @tape: the tape, with memory for them
 * @skb: the packet, readable
 * @offset: where they are, from its data
 * @size: how many
 *
 * Context: any; the tape's lock.
 */
void nfha_tape_append(struct nfha_tape *tape, const struct sk_buff *skb,
		      int offset, u32 size)
{
	while (size) {
		u32 n = min(size, last_room(tape));

		if (!n) {
			last_move(tape);
			continue;
		}
		skb_copy_bits(skb, offset,
			      nfha_tape_take(tape, nfha_tape_pad(n)), n);
		offset += n;
		size -= n;
	}
}

/**
 * nfha_tape_enter - let a spot be where the next byte is
 * @spot: the spot; there has to be one
 *
 * Context: any; the tape's lock.
 */
void nfha_tape_enter(struct nfha_spot *spot)
{
	if (spot->offset < spot->chunk->used)
		return;
	spot->chunk = next_of(spot->chunk);
	spot->offset = spot->chunk->begin;
	spot->place += spot->chunk->begin;
}

/**
 * nfha_tape_read - read on
 * @spot: where; behind it afterwards
 * @to: where to put it, or NULL for nowhere
 * @size: how many bytes
 *
 * Context: any; the tape's lock.
 */
void nfha_tape_read(struct nfha_spot *spot, void *to, u32 size)
{
	while (size) {
		u32 n;

		nfha_tape_enter(spot);
		n = min(size, spot->chunk->used - spot->offset);
		if (to) {
			memcpy(to, nfha_tape_at(spot), n);
			to += n;
		}
		spot->offset += n;
		spot->place += n;
		size -= n;
	}
}

/**
 * nfha_tape_cut - cut off what is old
 * @tape: the tape
 * @place: where
 *
 * Chunks that are not used any more are spare.
 *
 * Context: any; the tape's lock.
 * Return: true if there is more to be cut off there, by another call.
 */
bool nfha_tape_cut(struct nfha_tape *tape, u64 place)
{
	struct nfha_chunk *chunk, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(chunk, next, &tape->chunks, list) {
		if (tape->base + chunk->used > place) {
			if (tape->base + chunk->begin < place)
				chunk->begin = place - tape->base;
			return false;
		}
		if (n++ == CUT_MAX)
			return true;
		tape->base += chunk->used;
		chunk_spare(tape, chunk);
	}
	tape->last = NULL;
	return false;
}

/**
 * nfha_tape_spare - take out the spare chunks
 * @tape: the tape
 * @chunks: they are added to it
 *
 * Context: any; the tape's lock.
 */
void nfha_tape_spare(struct nfha_tape *tape, struct list_head *chunks)
{
	list_splice_tail_init(&tape->spare, chunks);
}

/**
 * nfha_tape_join - put all of another tape at the end
 * @tape: the tape
 * @other: left empty, but for what it has to spare
 *
 * Context: any; the locks of both.
 */
void nfha_tape_join(struct nfha_tape *tape, struct nfha_tape *other)
{
	if (!other->last)
		return;
	list_splice_tail_init(&other->chunks, &tape->chunks);
	tape->last = other->last;
	tape->bytes += other->bytes;
	tape->end += other->end - other->base;
	other->last = NULL;
	other->bytes = 0;
	other->base = other->end;
}

/**
 * nfha_tape_free - free chunks that no tape uses any more
 * @chunks: the chunks
 *
 * Context: process.
 */
void nfha_tape_free(struct list_head *chunks)
{
	struct nfha_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, chunks, list) {
		free_page((unsigned long)chunk);
		cond_resched();
	}
	INIT_LIST_HEAD(chunks);
}

/**
 * nfha_tape_purge - free all chunks
 * @tape: the tape, which nobody else uses any more
 *
 * Context: process.
 */
void nfha_tape_purge(struct nfha_tape *tape)
{
	nfha_tape_free(&tape->spare);
	nfha_tape_free(&tape->chunks);
}

/**
 * nfha_tape_init - make an empty tape
 * @tape: zeroed
 *
 * Context: any.
 */
void nfha_tape_init(struct nfha_tape *tape)
{
	INIT_LIST_HEAD(&tape->chunks);
	INIT_LIST_HEAD(&tape->spare);
}
