// SPDX-License-Identifier: GPL-2.0-or-later
/* The module, made up: what kernel.c asks it, and tells it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"
#include "world.h"

int nfhad_kernel_epoch(struct nfhad_instance *instance, struct nfha_epoch *epoch)
{
	if (fake_of(instance)->gone)
		return -EOPNOTSUPP;
	*epoch = fake_of(instance)->e;
	return 0;
}

/* What is scaled needs more than this world has. */
struct nfha *nfhad_kernel_commands(struct nfhad_kernel *kernel)
{
	(void)kernel;
	return NULL;
}

int nfhad_kernel_checked(const struct nfhad_instance *instance, int ret,
			 const char *what)
{
	(void)instance;
	(void)what;
	return ret;
}

int nfhad_kernel_begin(struct nfhad_instance *instance)
{
	struct fake *fake = fake_of(instance);

	if (fake->e.flags & NFHA_RECOVERY_FLAGS_FENCED)
		return -EBUSY;
	if (fake->e.flags & NFHA_RECOVERY_FLAGS_PLUGGED)
		return -EALREADY;
	fake->e.flags |= NFHA_RECOVERY_FLAGS_PLUGGED;
	return 0;
}

int nfhad_kernel_cut(struct nfhad_instance *instance, uint64_t *epoch)
{
	struct fake *fake = fake_of(instance);

	fake->e.flags &= ~NFHA_RECOVERY_FLAGS_PLUGGED;
	*epoch = fake->e.epoch++;
	fake->e.pending++;
	return 0;
}

int nfhad_kernel_commit(struct nfhad_instance *instance, uint64_t epoch)
{
	struct fake *fake = fake_of(instance);

	if (world->commit_error)
		return world->commit_error;
	if (epoch <= fake->e.committed || epoch >= fake->e.epoch)
		return -ENOENT;
	fake->e.committed = epoch;
	fake->e.pending = 0;
	fake->commits++;
	return world->commit_lost ? -ENOBUFS : 0;
}

int nfhad_kernel_abort(struct nfhad_instance *instance, uint64_t epoch)
{
	struct fake *fake = fake_of(instance);

	if (!epoch) {
		fake->e.flags &= ~NFHA_RECOVERY_FLAGS_PLUGGED;
		return 0;
	}
	if (!fake->e.pending)
		return -ENOENT;
	fake->e.pending--;
	fake->aborts++;
	return 0;
}

int nfhad_kernel_failover(struct nfhad_instance *master,
			  struct nfhad_instance *backup,
			  struct nfha_takeover *takeover)
{
	struct fake *from = fake_of(master), *to = fake_of(backup);

	*takeover = (struct nfha_takeover){ .complete = true };
	from->e.flags = NFHA_RECOVERY_FLAGS_FENCED;
	snprintf(from->e.backup, sizeof(from->e.backup), "%s",
		 backup->config->name);
	from->owns = false;
	to->owns = true;
	return 0;
}

int nfhad_kernel_fence(struct nfhad_instance *instance)
{
	fake_of(instance)->e.flags |= NFHA_RECOVERY_FLAGS_FENCED;
	return 0;
}

int nfhad_kernel_dead_man(struct nfhad_service *about)
{
	(void)about;
	return 0;
}

int nfhad_kernel_alive(struct nfhad_instance *instance)
{
	fake_of(instance)->alive++;
	return 0;
}

bool nfhad_kernel_owns(struct nfhad_instance *instance)
{
	return fake_of(instance)->owns;
}

bool nfhad_kernel_has_carrier(struct nfhad_instance *instance)
{
	return !fake_of(instance)->no_carrier;
}

int nfhad_kernel_stand_by(struct nfhad_instance *instance)
{
	return fake_of(instance)->owns ? -EBUSY : 0;
}

int nfhad_kernel_drain(struct nfhad_instance *instance, uint32_t deadline_ms)
{
	(void)instance;
	(void)deadline_ms;
	return 0;
}

int nfhad_kernel_activate(struct nfhad_instance *instance)
{
	(void)instance;
	return 0;
}

int nfhad_kernel_remove(struct nfhad_instance *instance,
			struct nfha_instance *old)
{
	(void)old;
	fake_of(instance)->removed++;
	return 0;
}

int nfhad_kernel_add(struct nfhad_instance *instance, struct nfha_instance *old)
{
	(void)old;
	fake_of(instance)->e = (struct nfha_epoch){
		.recovery = fake_of(instance)->e.recovery,
		.epoch = 1,
	};
	return 0;
}

int nfhad_kernel_traffic(struct nfhad_kernel *kernel, const char *about,
			 const char *instance, uint64_t *to, uint64_t *from)
{
	(void)kernel;
	(void)about;
	(void)instance;
	*to = 0;
	*from = 0;
	return 0;
}

int nfhad_kernel_service(const struct nfhad_service *about,
			 struct nfha_service *answer)
{
	(void)about;
	if (world->no_service)
		return -ENOENT;
	*answer = (struct nfha_service){
		.generation = 3,
		.flows = 12,
		.exceptions = 4,
		.ports = 1,
		.port = { { .ifname = "left0", .carrier = true } },
	};
	return 0;
}

int nfhad_kernel_map(const struct nfhad_service *about, struct nfha_map **map)
{
	struct nfha_map *m = calloc(1, sizeof(*m));

	(void)about;
	ck_assert_ptr_nonnull(m);
	m->ranges = 2;
	m->range = calloc(2, sizeof(*m->range));
	ck_assert_ptr_nonnull(m->range);
	m->range[0] = (struct nfha_range){ 0, 32767, "A" };
	m->range[1] = (struct nfha_range){ 32768, 65535, "" };
	*map = m;
	return 0;
}

/* And one that the daemon knows nothing of. */
int nfhad_kernel_instances(const struct nfhad_service *about,
			   nfha_instance_fn fn, void *data)
{
	struct nfha_instance one = { .ports = 1, .name = "Z" };
	int n;

	(void)about;
	for (n = 0; !world->no_service && n < PLACES; n++) {
		fn(&one, data);
		snprintf(one.name, sizeof(one.name), "%c", 'A' + n);
		one.state = NFHA_STATE_ACTIVE;
		one.width = world->fake[n].owns ? 65536 : 0;
		fn(&one, data);
	}
	return 0;
}

int nfhad_kernel_epochs(const struct nfhad_service *about, nfha_epoch_fn fn,
			void *data)
{
	struct nfha_epoch one;
	int n;

	(void)about;
	for (n = 0; !world->no_service && n < PLACES; n++) {
		one = world->fake[n].e;
		snprintf(one.instance, sizeof(one.instance), "%c", 'A' + n);
		fn(&one, data);
	}
	return 0;
}
