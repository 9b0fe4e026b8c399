/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NFHA_SAMPLE_H
#define NFHA_SAMPLE_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/types.h>

#include "parse.h"

/* A TCP segment in IPv4, to be spoilt. */
struct nfha_frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
	u8 data[10];
} __packed;

/*
 * struct nfha_sample - a frame, and what is in it
 * @name: for the log
 * @frame: from the Ethernet header on, hexadecimal
 * @key: bytes of the key, hexadecimal
 *
 * The others are as in struct nfha_packet.
 */
struct nfha_sample {
	const char *name;
	const char *frame;
	int verdict;
	const char *key;
	bool swapped;
	bool icmp_error;
	bool first_fragment;
	u8 tcp;
	u32 tcp_seq;
	u32 tcp_end;
	u32 frag_id;
};

struct nfha_frame nfha_frame_make(void);
int nfha_frame_parse(const void *frame, unsigned int len,
		     struct nfha_packet *pkt);
bool nfha_samples_read(const struct nfha_sample *samples, size_t n);

#endif /* NFHA_SAMPLE_H */
