/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTTUPLE_H
#define NFHAD_CTTUPLE_H

#include "ctattr.h"

/**
 * struct nfhad_cttuple - one direction of a connection
 * @ip: attributes of its addresses, by type
 * @proto: attributes of its protocol, by type
 * @zone: of this direction alone, or NULL
 * @number: of its protocol
 */
struct nfhad_cttuple {
	const struct nlattr *ip[NFHAD_CTATTR_TYPES];
	const struct nlattr *proto[NFHAD_CTATTR_TYPES];
	const struct nlattr *zone;
	uint8_t number;
};

/**
 * nfhad_cttuple_parse - take a tuple apart
 * @attr: the tuple
 * @family: of its addresses
 * @tuple: set; refers to @attr
 *
 * Return: 0 or -EBADMSG.
 */
int nfhad_cttuple_parse(const struct nlattr *attr, uint8_t family,
			struct nfhad_cttuple *tuple);

/**
 * nfhad_cttuple_put_untranslated - the answers' direction, if nothing were translated
 * @nlh: message to append to
 * @orig: the other direction
 * @reply: that direction as it is
 */
void nfhad_cttuple_put_untranslated(struct nlmsghdr *nlh,
				    const struct nfhad_cttuple *orig,
				    const struct nfhad_cttuple *reply);

/**
 * nfhad_cttuple_put_nat - what a connection is translated to
 * @nlh: message to append to
 * @reply: where its answers go
 * @is_source: its source, else its destination
 *
 * Return: nothing; a range of one address and one port is appended.
 */
void nfhad_cttuple_put_nat(struct nlmsghdr *nlh,
			   const struct nfhad_cttuple *reply, bool is_source);

#endif /* NFHAD_CTTUPLE_H */
