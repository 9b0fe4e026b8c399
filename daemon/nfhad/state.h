/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STATE_H
#define NFHAD_STATE_H

#include "instance.h"

/* An instance is in a state from now on. */
void nfhad_state_set(struct nfhad_instance *instance,
		     enum nfhad_instance_state state);

/* As a word: "standby". */
const char *nfhad_state_name(enum nfhad_instance_state state);

#endif /* NFHAD_STATE_H */
