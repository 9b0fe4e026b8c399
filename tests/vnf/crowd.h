/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNF_CROWD_H
#define VNF_CROWD_H

#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CROWD_SLOTS	4	/* services that there may be at a time */
#define CROWD_NAMES	4	/* instances of each */
#define CROWD_SENDERS	3	/* two of the crowd, and the test itself */
#define CROWD_PROBES	4096
#define CROWD_MAGIC	0x6e666861
#define CROWD_FRAME_MAX	4096

/**
 * struct crowd_mark - what each packet carries, and each piece of one
 * @magic: CROWD_MAGIC
 * @slot: the service that it is sent to
 * @sender: who has sent it
 * @piece: 0 in what is sent as one; else which segment of a GSO packet this is
 * @pad: zero
 * @number: counted for each slot and sender, from 1 on
 * @since: when it was sent, CLOCK_MONOTONIC, nanoseconds
 */
struct crowd_mark {
	uint32_t magic;
	uint8_t slot;
	uint8_t sender;
	uint8_t piece;
	uint8_t pad;
	uint32_t number;
	uint32_t zero;
	uint64_t since;
} __attribute__((packed));

/**
 * struct crowd_frame - a frame as packet sockets with PACKET_VNET_HDR have it
 * @vnet: what is left to be done to the frame
 * @data: the frame
 */
struct crowd_frame {
	struct virtio_net_hdr vnet;
	uint8_t data[CROWD_FRAME_MAX];
} __attribute__((packed));

/**
 * struct crowd_shape - what a frame is to be
 * @slot: the service that it is for
 * @flow: number of its flow
 * @reverse: from right to left
 * @kind: a number from 0 to 99
 * @dice: a random number
 */
struct crowd_shape {
	unsigned int slot;
	unsigned int flow;
	bool reverse;
	unsigned int kind;
	uint32_t dice;
};

#define CROWD_PIECES_MAX 3

unsigned int crowd_packets(const struct crowd_frame *frame);
unsigned int crowd_pieces(const struct crowd_shape *shape);
size_t crowd_build(struct crowd_frame *frame, const struct crowd_shape *shape,
		   unsigned int piece, struct crowd_mark *mark);
bool crowd_read(const struct crowd_frame *frame, size_t size, struct crowd_mark *mark);
void crowd_turn(struct crowd_frame *frame);

#endif /* VNF_CROWD_H */
