// SPDX-License-Identifier: GPL-2.0-only

#include "stats.h"

/**
 * nfha_stats_alloc - counters of a service
 *
 * Context: process.
 * Return: zeroed counters, to be freed with free_percpu(), or NULL.
 */
struct nfha_stats __percpu *nfha_stats_alloc(void)
{
	return __netdev_alloc_pcpu_stats(struct nfha_stats,
					 GFP_KERNEL_ACCOUNT);
}

/**
 * nfha_stats_read - sum of one counter over all CPUs
 * @stats: counters
 * @attr: NFHA_A_SERVICE_STATS_*
 *
 * Context: any.
 * Return: the sum, which packets may be adding to meanwhile.
 */
u64 nfha_stats_read(const struct nfha_stats __percpu *stats,
		    unsigned int attr)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct nfha_stats *s = per_cpu_ptr(stats, cpu);
		unsigned int start;
		u64 n;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			n = u64_stats_read(&s->count[attr]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		sum += n;
	}
	return sum;
}

/**
 * nfha_port_stats_alloc - counters of a port
 *
 * Context: process.
 * Return: zeroed counters, to be freed with free_percpu(), or NULL.
 */
struct nfha_port_stats __percpu *nfha_port_stats_alloc(void)
{
	return __netdev_alloc_pcpu_stats(struct nfha_port_stats,
					 GFP_KERNEL_ACCOUNT);
}

/**
 * nfha_port_stats_read - sums of a port's counters over all CPUs
 * @stats: counters
 * @sum: set to what came in and what went out
 *
 * Context: any.
 */
void nfha_port_stats_read(const struct nfha_port_stats __percpu *stats,
			  struct nfha_port_sum *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct nfha_port_stats *s = per_cpu_ptr(stats, cpu);
		struct nfha_port_sum one;
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			one.rx_packets = u64_stats_read(&s->rx_packets);
			one.rx_bytes = u64_stats_read(&s->rx_bytes);
			one.tx_packets = u64_stats_read(&s->tx_packets);
			one.tx_bytes = u64_stats_read(&s->tx_bytes);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		sum->rx_packets += one.rx_packets;
		sum->rx_bytes += one.rx_bytes;
		sum->tx_packets += one.tx_packets;
		sum->tx_bytes += one.tx_bytes;
	}
}
