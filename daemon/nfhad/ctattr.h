/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTATTR_H
#define NFHAD_CTATTR_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Larger than any type of ctnetlink's attributes that is looked at. */
#define NFHAD_CTATTR_TYPES 32
/* All attributes of one object; the kernel's own are about 300 bytes. */
#define NFHAD_CTATTR_BYTES 4096

/* Records in an image have these numbers, too. */
enum nfhad_ctkind {
	NFHAD_CT_CONNECTION = 1,
	NFHAD_CT_EXPECTATION = 2,
	NFHAD_CT_GONE = 3,
};

/**
 * struct nfhad_ctattrs - what ctnetlink says of an object
 * @kind: a connection or an expectation
 * @family: of its addresses
 * @id: tells it from another one with the same addresses; 0: not said
 * @at: its attributes by type, where they were found; NULL: not said
 */
struct nfhad_ctattrs {
	enum nfhad_ctkind kind;
	uint8_t family;
	uint32_t id;
	const struct nlattr *at[NFHAD_CTATTR_TYPES];
};

/**
 * nfhad_ctattrs_parse - find the attributes of an object
 * @kind: what it is
 * @family: of its addresses
 * @data: the attributes, aligned to four bytes
 * @len: of them
 * @attrs: set; refers to @data
 *
 * All lengths are checked, and that what identifies the object is there.
 *
 * Return: 0 or -EBADMSG.
 */
int nfhad_ctattrs_parse(enum nfhad_ctkind kind, uint8_t family,
			const void *data, size_t len,
			struct nfhad_ctattrs *attrs);

/* The same for the attributes in an attribute. */
int nfhad_ctattrs_nested(const struct nlattr *nest,
			 const struct nlattr *at[NFHAD_CTATTR_TYPES]);

/**
 * nfhad_ctattrs_key - copy the attributes that identify an object
 * @attrs: what is said of it
 * @blob: where to put it, room for NFHAD_CTATTR_BYTES
 *
 * Return: the length, or 0 if there is not enough room.
 */
size_t nfhad_ctattrs_key(const struct nfhad_ctattrs *attrs, void *blob);

/**
 * nfhad_ctattrs_rest - copy the other attributes that make an object anew
 * @attrs: what is said of it
 * @old: what was said before, or NULL: stands for what is not said now
 * @blob: as nfhad_ctattrs_key() has left it
 * @key: what that has returned
 *
 * The kernel cannot be told the rest: counters, use, stamps, the security mark.
 *
 * Return: the length with the key, or 0 if there is not enough room.
 */
size_t nfhad_ctattrs_rest(const struct nfhad_ctattrs *attrs,
			  const struct nfhad_ctattrs *old, void *blob,
			  size_t key);

/* Of an attribute that may be missing or too short; in host order. */
uint32_t nfhad_ctattr_u32(const struct nlattr *attr, uint32_t otherwise);
uint16_t nfhad_ctattr_u16(const struct nlattr *attr, uint16_t otherwise);
uint8_t nfhad_ctattr_u8(const struct nlattr *attr, uint8_t otherwise);

#endif /* NFHAD_CTATTR_H */
