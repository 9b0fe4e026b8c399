/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_TAPE_H
#define NFHA_TAPE_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/skbuff.h>

/* What begins on a tape begins at a multiple of this. */
#define NFHA_TAPE_ALIGN 8

/**
 * struct nfha_chunk - a page of a tape
 * @list: in struct nfha_tape.chunks
 * @begin: bytes in front that have been cut off
 * @used: bytes that have been written, those included
 * @data: a multiple of NFHA_TAPE_ALIGN
 */
struct nfha_chunk {
	struct list_head list;
	u32 begin;
	u32 used;
	u8 data[] __aligned(NFHA_TAPE_ALIGN);
};

#define NFHA_CHUNK_DATA \
	((u32)(PAGE_SIZE - offsetof(struct nfha_chunk, data)))

/**
 * struct nfha_tape - memory that is written at the end and cut off in front
 * @chunks: oldest first
 * @last: the one that is written to, or NULL; none behind it has been
 * @spare: chunks that have been cut off, to be used again
 * @bytes: memory of @chunks
 * @base: place of the first chunk's first byte; places are counted from the
 *	very beginning
 * @end: place of what is written next
 *
 * Guarded by a lock of the owner's.
 */
struct nfha_tape {
	struct list_head chunks;
	struct nfha_chunk *last;
	struct list_head spare;
	u64 bytes;
	u64 base;
	u64 end;
};

/**
 * struct nfha_spot - where something is read
 * @chunk: in this chunk, or NULL for nowhere
 * @offset: in its data
 * @place: the same, counted from the very beginning
 */
struct nfha_spot {
	struct nfha_chunk *chunk;
	u32 offset;
	u64 place;
};

void nfha_tape_init(struct nfha_tape *tape);
bool nfha_tape_grow(struct nfha_tape *tape, u32 head, u32 size, u64 max);
void *nfha_tape_begin(struct nfha_tape *tape, u32 head);
void nfha_tape_append(struct nfha_tape *tape, const struct sk_buff *skb,
		      int offset, u32 size);
void nfha_tape_read(struct nfha_spot *spot, void *to, u32 size);
void nfha_tape_enter(struct nfha_spot *spot);
bool nfha_tape_cut(struct nfha_tape *tape, u64 place);
void nfha_tape_spare(struct nfha_tape *tape, struct list_head *chunks);
void nfha_tape_join(struct nfha_tape *tape, struct nfha_tape *other);
void nfha_tape_free(struct list_head *chunks);
void nfha_tape_purge(struct nfha_tape *tape);

static inline u32 nfha_tape_pad(u32 size)
{
	return ALIGN(size, NFHA_TAPE_ALIGN);
}

/* True if so much can be written without another chunk. */
static inline bool nfha_tape_has_room(const struct nfha_tape *tape, u32 size)
{
	return tape->last && NFHA_CHUNK_DATA - tape->last->used >= size;
}

/* The next so many bytes; there has to be room for them in one piece. */
static inline void *nfha_tape_take(struct nfha_tape *tape, u32 size)
{
	void *at = tape->last->data + tape->last->used;

	tape->last->used += size;
	tape->end += size;
	return at;
}

static inline void *nfha_tape_at(const struct nfha_spot *spot)
{
	return spot->chunk->data + spot->offset;
}

/* Where the next thing is going to be, or nowhere; nfha_tape_enter() once it is. */
static inline struct nfha_spot nfha_tape_end(const struct nfha_tape *tape)
{
	return (struct nfha_spot) {
		.chunk = tape->last,
		.offset = tape->last ? tape->last->used : 0,
		.place = tape->end,
	};
}

/* Where the oldest is that has not been cut off; there has to be something. */
static inline struct nfha_spot nfha_tape_first(const struct nfha_tape *tape)
{
	struct nfha_chunk *chunk = list_first_entry(&tape->chunks,
						    struct nfha_chunk, list);

	return (struct nfha_spot) {
		.chunk = chunk,
		.offset = chunk->begin,
		.place = tape->base + chunk->begin,
	};
}

#endif /* NFHA_TAPE_H */
