// SPDX-License-Identifier: GPL-2.0-or-later
/* Which checkpoints belong to what lives now. */

#include "instance.h"
#include "kernel.h"
#include "life.h"
#include "nfhad.h"
#include "source.h"
#include "store.h"

void nfhad_life_begin(struct nfhad_instance *instance,
		      struct nfhad_instance *base, uint64_t number)
{
	const struct nfhad_service *s = instance->service;
	struct nfha_epoch epoch = { 0 };

	nfhad_kernel_epoch(instance, &epoch);
	instance->base = base;
	instance->base_number = number;
	instance->since_epoch = epoch.committed;
	instance->since_number = nfhad_store_last(s->nfhad->store,
						  s->config->name,
						  instance->config->name);
}

/* The newest with this number; or, with number 0, with this epoch, that is newer than
 * @since.
 */
static struct nfhad_image *image_find(const struct nfhad_instance *i,
				      uint64_t number, uint64_t epoch,
				      uint64_t since)
{
	const struct nfhad_service *s = i->service;
	struct nfhad_image *image, *older;
	int ret;

	ret = nfhad_image_newest(s->nfhad->store, s->config->name,
				 i->config->name, &image);
	while (!ret && image->number > since) {
		if (number ? image->number == number : image->epoch == epoch)
			return image;
		ret = nfhad_image_older(image, &older);
		nfhad_image_put(image);
		image = older;
	}
	if (!ret)
		nfhad_image_put(image);
	return NULL;
}

struct nfhad_image *nfhad_life_image(const struct nfhad_instance *instance,
				     uint64_t epoch)
{
	return image_find(instance, 0, epoch, instance->since_number);
}

/* Of connection tracking the command knows nothing, and without its rules a firewall lets
 * everything pass.
 */
static bool can_begin_afresh(const struct nfhad_instance *owner)
{
	return owner->config->command &&
	       owner->service->config->driver != NFHAD_DRIVER_CONNTRACK;
}

void nfhad_life_base(const struct nfhad_instance *instance,
		     struct nfhad_source *source)
{
	struct nfhad_instance *base = instance->base;
	uint64_t number = instance->base_number;

	*source = (struct nfhad_source){ .owner = base };
	if (number)
		source->image = image_find(base, number, 0, 0);
	else
		source->afresh = can_begin_afresh(base);
}

static void from_own(struct nfhad_instance *instance, uint64_t epoch,
		     struct nfhad_image *newest, struct nfhad_source *source)
{
	bool is_it = newest && !instance->base && newest->epoch == epoch;

	instance->base = NULL;
	*source = (struct nfhad_source){ .owner = instance, .image = newest };
	if (is_it)
		return;
	nfhad_image_put(newest);
	source->image = nfhad_life_image(instance, epoch);
	if (!source->image)
		nfhad_log_instance(LOG_ALERT, instance,
				   "the checkpoint of epoch %llu, where its log begins, is not in the store",
				   (unsigned long long)epoch);
}

static void from_base(struct nfhad_instance *instance,
		      struct nfhad_image *newest, struct nfhad_source *source)
{
	if (newest && newest->number == instance->base_number) {
		*source = (struct nfhad_source){
			.owner = instance->base,
			.image = newest,
		};
		return;
	}
	nfhad_image_put(newest);
	nfhad_life_base(instance, source);
}

void nfhad_life_source(struct nfhad_instance *instance,
		       const struct nfha_epoch *epoch,
		       struct nfhad_image *newest, struct nfhad_source *source)
{
	if (epoch->committed > instance->since_epoch) {
		from_own(instance, epoch->committed, newest, source);
		return;
	}
	if (!instance->base) {
		nfhad_log_instance(LOG_ALERT, instance,
				   "the module has no committed epoch of it any more: somebody has made it anew");
		nfhad_image_put(newest);
		newest = NULL;
		nfhad_life_begin(instance, instance, 0);
	}
	from_base(instance, newest, source);
}
