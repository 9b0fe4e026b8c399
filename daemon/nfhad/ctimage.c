// SPDX-License-Identifier: GPL-2.0-or-later
/* The connections of a namespace in files. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "ctimage.h"

#define BASE "connections.base"
#define DELTA "connections.delta"
#define VERSION 1
/* A delta that is shorter is not worth a new base. */
#define DELTA_MIN 65536

/**
 * struct header - what a file begins with
 * @magic: what it is
 * @order: VERSION, in the byte order of whoever has written it
 * @is_delta: which of the two it is
 * @base: of both, so that they are known to belong together
 * @records: how many follow
 * @bytes: of them
 */
struct header {
	char magic[8];
	uint32_t order;
	uint32_t is_delta;
	uint64_t base;
	uint64_t records;
	uint64_t bytes;
};

static const char magic[8] = "nfhact\r\n";

/**
 * struct record - a connection or an expectation
 * @len: of the attributes that follow, a multiple of four
 * @kind: enum nfhad_ctkind
 * @family: of its addresses
 * @zero: nothing yet
 */
struct record {
	uint32_t len;
	uint8_t kind;
	uint8_t family;
	uint16_t zero;
};

void nfhad_ctimage_init(struct nfhad_ctimage *image)
{
	*image = (struct nfhad_ctimage) { .base = { .fd = -1 } };
}

void nfhad_ctimage_free(struct nfhad_ctimage *image)
{
	nfhad_ctfile_close(&image->base);
}

/**
 * struct text - what is being written
 * @buffer: it
 * @room: in @buffer
 * @len: used of it
 * @records: in it
 * @error: what went wrong; nothing is added any more
 */
struct text {
	char *buffer;
	size_t room;
	size_t len;
	uint64_t records;
	int error;
};

static char *append(struct text *text, size_t len)
{
	size_t room = text->room;
	char *buffer;

	if (text->error)
		return NULL;
	while (room < text->len + len)
		room = room ? room * 2 : DELTA_MIN;
	if (room != text->room) {
		buffer = realloc(text->buffer, room);
		if (!buffer) {
			text->error = -ENOMEM;
			return NULL;
		}
		text->buffer = buffer;
		text->room = room;
	}
	text->len += len;
	return text->buffer + text->len - len;
}

static void append_entry(struct text *text, const struct nfhad_ctentry *entry)
{
	const struct record record = {
		.len = entry->len, .kind = entry->kind, .family = entry->family,
	};
	char *place = append(text, sizeof(record) + entry->len);

	if (!place)
		return;
	memcpy(place, &record, sizeof(record));
	memcpy(place + sizeof(record), entry->attr, entry->len);
	text->records++;
}

static int finish(struct text *text, const struct nfhad_ctimage *image,
		  bool is_delta, int dir, const char *name)
{
	struct header header = {
		.order = VERSION, .is_delta = is_delta,
		.base = image->base_id, .records = text->records,
		.bytes = text->len - sizeof(header),
	};
	int ret = text->error;

	if (!ret) {
		memcpy(header.magic, magic, sizeof(magic));
		memcpy(text->buffer, &header, sizeof(header));
		ret = nfhad_ctfile_write(dir, name, text->buffer, text->len);
	}
	free(text->buffer);
	return ret;
}

static int write_base(const struct nfhad_ctimage *image,
		      const struct nfhad_ctstate *state, int dir)
{
	const struct nfhad_ctentry *entry = NULL;
	struct text text = { 0 };

	append(&text, sizeof(struct header));
	while ((entry = nfhad_ctstate_all(state, NFHAD_CT_CONNECTION, entry)))
		append_entry(&text, entry);
	return finish(&text, image, false, dir, BASE);
}

static int write_delta(const struct nfhad_ctimage *image,
		       const struct nfhad_ctstate *state, int dir)
{
	const struct nfhad_ctentry *entry = NULL;
	struct text text = { 0 };

	append(&text, sizeof(struct header));
	/* First, for a new connection may have the addresses of a gone one. */
	while ((entry = nfhad_ctstate_all(state, NFHAD_CT_GONE, entry)))
		append_entry(&text, entry);
	while ((entry = nfhad_ctstate_changed(state, entry)))
		append_entry(&text, entry);
	while ((entry = nfhad_ctstate_all(state, NFHAD_CT_EXPECTATION, entry)))
		append_entry(&text, entry);
	return finish(&text, image, true, dir, DELTA);
}

/* Until a new base is written there is none, and so it is if that fails. */
int nfhad_ctimage_begin(struct nfhad_ctimage *image,
			struct nfhad_ctstate *state, int dir)
{
	if (image->delta_bytes < image->base.bytes / 4 + DELTA_MIN &&
	    !nfhad_ctfile_link(&image->base, dir, BASE))
		return 0;
	nfhad_ctfile_close(&image->base);
	if (getrandom(&image->base_id, sizeof(image->base_id), 0) !=
	    sizeof(image->base_id))
		return -EAGAIN;
	nfhad_ctstate_base(state);
	return 0;
}

int nfhad_ctimage_write(const struct nfhad_ctimage *image,
			const struct nfhad_ctstate *state, int dir)
{
	int ret = 0;

	if (image->base.fd < 0)
		ret = write_base(image, state, dir);
	return ret ? ret : write_delta(image, state, dir);
}

int nfhad_ctimage_end(struct nfhad_ctimage *image, int dir)
{
	struct stat st;

	if (fstatat(dir, DELTA, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	image->delta_bytes = (uint64_t)st.st_size;
	return image->base.fd < 0 ? nfhad_ctfile_open(&image->base, dir, BASE) : 0;
}

static int read_record(const struct record *record, const char *data,
		       bool is_delta, struct nfhad_ctstate *state)
{
	enum nfhad_ctkind kind = record->kind;
	struct nfhad_ctattrs attrs;
	int ret;

	if (kind != NFHAD_CT_CONNECTION &&
	    (!is_delta || (kind != NFHAD_CT_EXPECTATION &&
			   kind != NFHAD_CT_GONE)))
		return -EBADMSG;
	ret = nfhad_ctattrs_parse(kind, record->family, data, record->len,
				  &attrs);
	if (ret)
		return ret;
	if (kind == NFHAD_CT_GONE) {
		attrs.kind = NFHAD_CT_CONNECTION;
		nfhad_ctstate_forget(state, &attrs);
		return 0;
	}
	return nfhad_ctstate_learn(state, &attrs, true);
}

static int read_records(const struct header *header, const char *data,
			struct nfhad_ctstate *state)
{
	struct record record;
	uint64_t left = header->bytes, i;
	int ret;

	for (i = 0; i < header->records; i++) {
		if (left < sizeof(record))
			return -EBADMSG;
		memcpy(&record, data, sizeof(record));
		left -= sizeof(record);
		data += sizeof(record);
		if (record.len > left || record.len % 4 ||
		    record.len > NFHAD_CTATTR_BYTES || record.zero)
			return -EBADMSG;
		ret = read_record(&record, data, header->is_delta, state);
		if (ret)
			return ret;
		left -= record.len;
		data += record.len;
	}
	return left ? -EBADMSG : 0;
}

static int read_file(int dir, const char *name, struct nfhad_ctstate *state,
		     struct header *header)
{
	char *data;
	size_t len;
	int ret;

	ret = nfhad_ctfile_read(dir, name, &data, &len);
	if (ret)
		return ret;
	ret = -EBADMSG;
	if (len >= sizeof(*header)) {
		memcpy(header, data, sizeof(*header));
		if (!memcmp(header->magic, magic, sizeof(magic)) &&
		    header->order == VERSION && header->is_delta <= 1 &&
		    header->bytes == len - sizeof(*header))
			ret = read_records(header, data + sizeof(*header),
					   state);
	}
	free(data);
	return ret;
}

int nfhad_ctimage_read(int dir, struct nfhad_ctstate **out)
{
	struct header base, delta;
	struct nfhad_ctstate *state;
	int ret;

	ret = nfhad_ctstate_new(&state);
	if (ret)
		return ret;
	ret = read_file(dir, BASE, state, &base);
	if (!ret)
		ret = read_file(dir, DELTA, state, &delta);
	if (!ret && (base.is_delta || !delta.is_delta ||
		     base.base != delta.base))
		ret = -EBADMSG;
	if (ret) {
		nfhad_ctstate_free(state);
		return ret;
	}
	*out = state;
	return 0;
}
