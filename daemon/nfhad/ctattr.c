// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes of ctnetlink, kept as the kernel has sent them. */

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "ctattr.h"

/*
 * What is kept, in this order. A connection is identified by its original
 * tuple, which has a zone of its own if that is for one direction only.
 */
static const uint8_t connection_key[] = { CTA_TUPLE_ORIG, CTA_ZONE };
static const uint8_t connection_rest[] = {
	CTA_TUPLE_REPLY, CTA_STATUS, CTA_TIMEOUT, CTA_PROTOINFO, CTA_HELP,
	CTA_MARK, CTA_LABELS, CTA_SEQ_ADJ_ORIG, CTA_SEQ_ADJ_REPLY,
	CTA_TUPLE_MASTER, CTA_SYNPROXY,
};

static const uint8_t expectation_key[] = {
	CTA_EXPECT_TUPLE, CTA_EXPECT_MASK, CTA_EXPECT_MASTER,
};

static const uint8_t expectation_rest[] = {
	CTA_EXPECT_TIMEOUT, CTA_EXPECT_FLAGS, CTA_EXPECT_CLASS, CTA_EXPECT_NAT,
	CTA_EXPECT_FN,
};

static int find(const void *data, size_t len,
		const struct nlattr *at[NFHAD_CTATTR_TYPES])
{
	const struct nlattr *attr = data;
	size_t size;

	memset(at, 0, NFHAD_CTATTR_TYPES * sizeof(*at));
	while (len) {
		if (!mnl_attr_ok(attr, (int)len))
			return -EBADMSG;
		if (mnl_attr_get_type(attr) < NFHAD_CTATTR_TYPES)
			at[mnl_attr_get_type(attr)] = attr;
		size = MNL_ALIGN(attr->nla_len);
		/* The last one may lack its padding. */
		len -= size < len ? size : len;
		attr = (const struct nlattr *)((const char *)attr + size);
	}
	return 0;
}

int nfhad_ctattrs_nested(const struct nlattr *nest,
			 const struct nlattr *at[NFHAD_CTATTR_TYPES])
{
	return find(mnl_attr_get_payload(nest),
		    mnl_attr_get_payload_len(nest), at);
}

uint32_t nfhad_ctattr_u32(const struct nlattr *attr, uint32_t otherwise)
{
	uint32_t value;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(value))
		return otherwise;
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	return ntohl(value);
}

uint16_t nfhad_ctattr_u16(const struct nlattr *attr, uint16_t otherwise)
{
	uint16_t value;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(value))
		return otherwise;
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	return ntohs(value);
}

uint8_t nfhad_ctattr_u8(const struct nlattr *attr, uint8_t otherwise)
{
	if (!attr || !mnl_attr_get_payload_len(attr))
		return otherwise;
	return *(const uint8_t *)mnl_attr_get_payload(attr);
}

int nfhad_ctattrs_parse(enum nfhad_ctkind kind, uint8_t family,
			const void *data, size_t len,
			struct nfhad_ctattrs *attrs)
{
	bool whole;

	attrs->kind = kind;
	attrs->family = family;
	if (find(data, len, attrs->at))
		return -EBADMSG;
	if (kind == NFHAD_CT_EXPECTATION) {
		attrs->id = nfhad_ctattr_u32(attrs->at[CTA_EXPECT_ID], 0);
		whole = attrs->at[CTA_EXPECT_TUPLE] &&
			attrs->at[CTA_EXPECT_MASK] &&
			attrs->at[CTA_EXPECT_MASTER];
	} else {
		attrs->id = nfhad_ctattr_u32(attrs->at[CTA_ID], 0);
		whole = attrs->at[CTA_TUPLE_ORIG] &&
			(kind == NFHAD_CT_GONE || attrs->at[CTA_TUPLE_REPLY]);
	}
	return whole ? 0 : -EBADMSG;
}

struct blob {
	char *data;
	size_t len;
};

/* False if there is no room for it. */
static bool put(struct blob *blob, const struct nfhad_ctattrs *attrs,
		const struct nfhad_ctattrs *old, const uint8_t *types, size_t n)
{
	const struct nlattr *attr;
	size_t i, size;

	for (i = 0; i < n; i++) {
		attr = attrs->at[types[i]];
		if (!attr && old)
			attr = old->at[types[i]];
		if (!attr)
			continue;
		size = MNL_ALIGN(attr->nla_len);
		if (size > NFHAD_CTATTR_BYTES - blob->len)
			return false;
		memcpy(blob->data + blob->len, attr, attr->nla_len);
		memset(blob->data + blob->len + attr->nla_len, 0,
		       size - attr->nla_len);
		blob->len += size;
	}
	return true;
}

size_t nfhad_ctattrs_key(const struct nfhad_ctattrs *attrs, void *data)
{
	struct blob blob = { .data = data };
	bool good;

	if (attrs->kind == NFHAD_CT_EXPECTATION)
		good = put(&blob, attrs, NULL, expectation_key,
			   sizeof(expectation_key));
	else
		good = put(&blob, attrs, NULL, connection_key,
			   sizeof(connection_key));
	return good ? blob.len : 0;
}

size_t nfhad_ctattrs_rest(const struct nfhad_ctattrs *attrs,
			  const struct nfhad_ctattrs *old, void *data,
			  size_t key)
{
	struct blob blob = { .data = data, .len = key };
	bool good;

	if (attrs->kind == NFHAD_CT_EXPECTATION)
		good = put(&blob, attrs, old, expectation_rest,
			   sizeof(expectation_rest));
	else
		good = put(&blob, attrs, old, connection_rest,
			   sizeof(connection_rest));
	return good ? blob.len : 0;
}
