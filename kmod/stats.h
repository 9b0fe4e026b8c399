/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_STATS_H
#define NFHA_STATS_H

#include <linux/netdevice.h>
#include <linux/nfha.h>
#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

/* The counters of a service are numbered by their netlink attributes, so that
 * the specification is the only list of them.
 */
struct nfha_stats {
	u64_stats_t count[NFHA_A_SERVICE_STATS_MAX + 1];
	struct u64_stats_sync syncp;
};

/**
 * struct nfha_port_stats - traffic of one port on one CPU
 * @rx_packets: that came in by it
 * @rx_bytes: the same
 * @tx_packets: that left by it
 * @tx_bytes: the same
 * @syncp: makes a read of them all on a 32-bit machine a read at one instant
 */
struct nfha_port_stats {
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	struct u64_stats_sync syncp;
};

/**
 * struct nfha_port_sum - traffic of one port
 * @rx_packets: that came in by it
 * @rx_bytes: the same
 * @tx_packets: that left by it
 * @tx_bytes: the same
 */
struct nfha_port_sum {
	u64 rx_packets;
	u64 rx_bytes;
	u64 tx_packets;
	u64 tx_bytes;
};

/* Softirq or BH disabled. */
static inline void nfha_stats_add(struct nfha_stats __percpu *stats,
				  unsigned int attr, unsigned int n)
{
	struct nfha_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->count[attr], n);
	u64_stats_update_end(&s->syncp);
}

/* Softirq or BH disabled; as nfha_port_count_tx(). */
static inline void nfha_port_count_rx(struct nfha_port_stats __percpu *stats,
				      unsigned int packets, unsigned int bytes)
{
	struct nfha_port_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->rx_packets, packets);
	u64_stats_add(&s->rx_bytes, bytes);
	u64_stats_update_end(&s->syncp);
}

static inline void nfha_port_count_tx(struct nfha_port_stats __percpu *stats,
				      unsigned int packets, unsigned int bytes)
{
	struct nfha_port_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->tx_packets, packets);
	u64_stats_add(&s->tx_bytes, bytes);
	u64_stats_update_end(&s->syncp);
}

#define NFHA_COUNT(service, what, n) \
	nfha_stats_add((service)->stats, NFHA_A_SERVICE_STATS_##what, n)

struct nfha_stats __percpu *nfha_stats_alloc(void);
u64 nfha_stats_read(const struct nfha_stats __percpu *stats,
		    unsigned int attr);

struct nfha_port_stats __percpu *nfha_port_stats_alloc(void);
void nfha_port_stats_read(const struct nfha_port_stats __percpu *stats,
			  struct nfha_port_sum *sum);

#endif /* NFHA_STATS_H */
