// SPDX-License-Identifier: GPL-2.0-or-later
/* No checkpoints: an instance is launched, checked, steered and scaled, and no more. */

#include "driver.h"

static int attach(struct nfhad_instance *instance)
{
	(void)instance;
	return 0;
}

static void detach(struct nfhad_instance *instance)
{
	(void)instance;
}

const struct nfhad_driver nfhad_driver_none = {
	.name = "none",
	.attach = attach,
	.detach = detach,
};
