// SPDX-License-Identifier: GPL-2.0-or-later
/* What a backup is made of. */

#include "instance.h"
#include "kernel.h"
#include "life.h"
#include "log.h"
#include "protection.h"
#include "source.h"

bool nfhad_source_is_there(const struct nfhad_source *source)
{
	return source->image || source->afresh;
}

void nfhad_source_say_afresh(struct nfhad_instance *holder)
{
	struct nfha_epoch epoch;
	bool seen = nfhad_kernel_epoch(holder, &epoch) ||
		    epoch.recovery != NFHA_RECOVERY_BUFFER ||
		    epoch.flags & NFHA_RECOVERY_FLAGS_EXPOSED;

	nfhad_log_instance(seen ? LOG_ALERT : LOG_WARNING, holder,
			   "has no checkpoint yet, its command is started afresh: %s",
			   seen ? "it does not remember what others have seen of it" :
				  "nobody has seen anything of it");
}

void nfhad_source_find(struct nfhad_instance *master, struct nfhad_source *source)
{
	struct nfhad_image *newest = nfhad_protection_settle(master);
	struct nfha_epoch epoch;

	/* Without the kernel's word the newest that is known is the best guess. */
	if (nfhad_kernel_epoch(master, &epoch)) {
		source->owner = master->base ?: master;
		source->image = newest;
		return;
	}
	nfhad_life_source(master, &epoch, newest, source);
	if (source->afresh)
		nfhad_source_say_afresh(master);
}
