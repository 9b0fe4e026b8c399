/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SCALING_H
#define SCALING_H

#include <stdint.h>
#include "scale.h"

/**
 * struct scaling - of a service, made up: what was asked for last
 * @outs: times that one more was asked for
 * @ins: that one less was
 * @from: whom it was about, or NULL
 * @deadline_ms: that it was given
 * @cause: who asked for it
 * @error: is returned
 * @text: why
 * @state: of all services
 */
struct scaling {
	unsigned int outs;
	unsigned int ins;
	struct nfhad_instance *from;
	uint32_t deadline_ms;
	char cause[128];
	int error;
	const char *text;
	enum nfhad_scale_state state;
};

extern struct scaling scaling;

#endif /* SCALING_H */
