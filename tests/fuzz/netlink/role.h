/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_ROLE_H
#define FUZZ_ROLE_H

#include "spec.h"

/* What an attribute is about, by its name: the specification does not say that. */
enum role {
	ROLE_NONE,
	ROLE_SERVICE,
	ROLE_INSTANCE,
	ROLE_OTHER,
	ROLE_KEY,
	ROLE_ADDRESS,
	ROLE_PROTO,
	ROLE_FLOW_PORT,
	ROLE_MAC,
	ROLE_PORT,
	ROLE_RANGE,
	ROLE_EPOCH,
	ROLE_FLAGS,
	ROLE_FORCE,
};

/** What an attribute is about. */
enum role role_of(const struct spec_attr *attr);
/**
 * How often a request has an attribute, of a hundred.
 * @param is_wide the request is not about a single flow
 */
unsigned int role_percent(const struct spec_command *command, const struct spec_attr *attr,
			  bool is_wide);

#endif /* FUZZ_ROLE_H */
