/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PORTION_H
#define NFHAD_PORTION_H

#include <libnfha/nfha.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct nfhad_portion - flows that go from one instance to another
 * @service: as the module has it: what flow IDs are computed with
 * @all: those with other flow IDs go, too, for their instance leaves; but where somebody has
 *	one of them already, he knows better
 * @ids: a bit for each flow ID
 */
struct nfhad_portion {
	struct nfha_service service;
	bool all;
	uint8_t ids[8192];
};

/* From @first to @last, both included. */
void nfhad_portion_add(struct nfhad_portion *portion, uint16_t first, uint16_t last);

/**
 * nfhad_portion_has - is a flow meant by its flow ID?
 * @portion: which flows are
 * @flow: its addresses, protocol and ports; on which side it began is not looked at: if that
 *	makes a difference, either will do
 */
bool nfhad_portion_has(const struct nfhad_portion *portion, const struct nfha_flow *flow);

#endif /* NFHAD_PORTION_H */
