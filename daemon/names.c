// SPDX-License-Identifier: GPL-2.0-or-later
/* Words for what the module counts as numbers. */

#include "names.h"

const char *const side_names[2] = { "left", "right" };
const char *const state_names[4] = {
	"active", "draining", "down", "standby",
};

const char *const recovery_names[3] = { "none", "checkpoint", "buffer" };
const char *const recovery_flag_names[7] = {
	"plugged", "replaying", "releasing", "fenced", "exposed", "incomplete",
	"unattended",
};
