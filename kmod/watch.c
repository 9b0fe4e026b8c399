// SPDX-License-Identifier: GPL-2.0-only

#include <linux/workqueue.h>

#include "move.h"
#include "netlink.h"
#include "sweep.h"
#include "watch.h"

#define PERIOD		(HZ / 10)
#define STRIPES_EACH	(NFHA_STRIPES / 10 + 1)

static struct workqueue_struct *wq;

/**
 * nfha_watch_queue - let the worker run after a period
 * @service: the service
 *
 * Context: any.
 */
void nfha_watch_queue(struct nfha_service *service)
{
	if (!test_and_set_bit(NFHA_PENDING_WORK, &service->pending))
		queue_delayed_work(wq, &service->work, PERIOD);
}

static unsigned long rate_sum(const struct nfha_service *service,
			      unsigned int part)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(service->rate, cpu)->packets[part];
	return sum;
}

/* A quarter of the last second and three quarters of what was known before. */
static u32 rate_mix(u32 avg, u64 rate)
{
	u64 scaled = min_t(u64, rate << NFHA_RATE_SHIFT, U32_MAX);

	return avg - DIV_ROUND_UP(avg, 4) + scaled / 4;
}

/* Once a second. */
static bool rate_update(struct nfha_service *service)
{
	unsigned long now = jiffies, elapsed = now - service->rate_at;
	bool busy = false;
	unsigned int i;

	if (elapsed < HZ)
		return true;
	service->rate_at = now;
	for (i = 0; i < NFHA_LOAD_PARTS; i++) {
		unsigned long sum = rate_sum(service, i);
		unsigned long seen = sum - service->rate_seen[i];
		u64 rate = div64_ul((u64)seen * HZ, elapsed);

		service->rate_seen[i] = sum;
		WRITE_ONCE(service->rate_avg[i],
			   rate_mix(service->rate_avg[i], rate));
		busy |= service->rate_avg[i];
	}
	return busy;
}

/* Step 5 of ETSI GS NFV-REL 002 clause 6.2. */
static void threshold_watch(struct nfha_service *service)
{
	u32 exceptions;

	if (!service->threshold_watched)
		return;
	exceptions = nfha_service_exceptions(service);
	if (exceptions > service->set.threshold)
		return;
	service->threshold_watched = false;
	nfha_event_threshold(service, exceptions);
}

static void drain_watch(struct nfha_instance *instance)
{
	if (!instance->drain_watched)
		return;
	if (!atomic_read(&instance->flows) && !nfha_move_waits(instance)) {
		instance->drain_watched = false;
		nfha_event_drain(instance, NFHA_DRAIN_END_EMPTY);
	} else if (instance->has_deadline &&
		   time_after_eq(jiffies, instance->deadline)) {
		instance->has_deadline = false;
		nfha_event_drain(instance, NFHA_DRAIN_END_DEADLINE);
	}
}

static bool full_watch(struct nfha_service *service)
{
	u32 max = service->set.flows_max;

	if (test_and_clear_bit(NFHA_PENDING_TABLE_FULL, &service->pending) &&
	    !test_and_set_bit(NFHA_TABLE_IS_FULL, &service->pending))
		nfha_event_table_full(service);
	if ((u32)atomic_read(&service->table.count) < max - max / 10)
		clear_bit(NFHA_TABLE_IS_FULL, &service->pending);
	return test_bit(NFHA_TABLE_IS_FULL, &service->pending);
}

/* Events are said under the lock that the objects change under. A command that
 * holds it may wait for this worker, so it does not wait for the command.
 */
static bool events_watch(struct nfha_service *service)
{
	struct nfha_instance *instance;
	bool busy;

	if (!mutex_trylock(&service->net->lock))
		return true;
	threshold_watch(service);
	busy = full_watch(service) || service->threshold_watched;
	nfha_for_each_instance(instance, service) {
		drain_watch(instance);
		busy |= instance->drain_watched;
	}
	mutex_unlock(&service->net->lock);
	return busy;
}

static bool fragments_watch(struct nfha_service *service)
{
	unsigned int n = nfha_fragments_age(&service->fragments, (u32)jiffies);

	if (n) {
		local_bh_disable();
		NFHA_COUNT(service, DROP_FRAGMENT, n);
		local_bh_enable();
	}
	return READ_ONCE(service->fragments.count);
}

/**
 * nfha_watch_work - age flows, and say what has come about
 * @work: in a service
 *
 * Runs while there is something to watch, and rests otherwise. It reports and
 * decides nothing.
 *
 * Context: process.
 */
void nfha_watch_work(struct work_struct *work)
{
	struct nfha_service *service =
		container_of(to_delayed_work(work), struct nfha_service, work);
	bool busy;

	clear_bit(NFHA_PENDING_WORK, &service->pending);
	nfha_sweep_age(service, STRIPES_EACH);
	busy = fragments_watch(service);
	busy |= rate_update(service);
	busy |= events_watch(service);
	if (busy || atomic_read(&service->table.count))
		nfha_watch_queue(service);
}

int nfha_watch_init(void)
{
	wq = alloc_workqueue("nfha", WQ_UNBOUND, 0);
	return wq ? 0 : -ENOMEM;
}

void nfha_watch_exit(void)
{
	destroy_workqueue(wq);
}
