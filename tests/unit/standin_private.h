/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STANDIN_PRIVATE_H
#define STANDIN_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>
#include "standin.h"

enum kind_of { SERVICE, INSTANCE, MAP, FLOW, EPOCH, LOAD, KINDS };

#define ATTRIBUTES 2048
#define OBJECTS 600
#define LISTENERS 8

/**
 * struct object - something that the stand-in was told of
 * @used: it is there
 * @kind: what it is
 * @service: whose
 * @name: of an instance or its epochs
 * @length: of @attrs
 * @attrs: as they came
 */
struct object {
	bool used;
	enum kind_of kind;
	char service[NFHA_NAME_MAX + 1];
	char name[NFHA_NAME_MAX + 1];
	size_t length;
	char attrs[ATTRIBUTES] __attribute__((aligned(8)));
};

/**
 * struct standin - what all processes of a test see
 * @directory: of sockets
 * @sockets: so many were opened
 * @listener: addresses of those who hear of events
 * @requests: of each kind
 * @interrupts: so many dumps of a kind will be interrupted
 * @refuse: what requests of a kind are answered with
 * @object: all
 */
struct standin {
	char directory[32];
	unsigned int sockets;
	struct sockaddr_un listener[LISTENERS];
	unsigned int requests[NFHA_CMD_MAX + 1];
	unsigned int interrupts[NFHA_CMD_MAX + 1];
	struct {
		int error;
		char words[64];
	} refuse[NFHA_CMD_MAX + 1];
	struct object object[OBJECTS];
};

extern struct standin *standin;

#define for_each_attr(attr, o)						\
	for ((attr) = (const struct nlattr *)(o)->attrs;		\
	     (const char *)(attr) < (o)->attrs + (o)->length;		\
	     (attr) = (const struct nlattr *)((const char *)(attr) +	\
					      MNL_ALIGN((attr)->nla_len)))

const struct nlattr *standin_attr(const struct nlmsghdr *nlh, uint16_t type);
struct object *standin_find(enum kind_of kind, const char *service, const char *name);
void standin_set_number(struct object *o, uint16_t type, const void *number, size_t size);
uint64_t standin_number(const struct object *o, uint16_t type);

/* The request's answer: an error with its words, or a message with attributes to come. */
int standin_say(int error, const char *words);
struct nlmsghdr *standin_answer(uint8_t cmd);

/* Does what is asked for; 0, or an error. */
int standin_do(const struct nlmsghdr *nlh);

/* The same, for maps and epochs. */
int standin_do_more(uint8_t cmd, const struct nlmsghdr *nlh);

/* How many flow IDs an instance owns. */
uint32_t standin_width(const char *service, const char *name);

void standin_sockets_begin(void);
void standin_sockets_end(void);

#endif /* STANDIN_PRIVATE_H */
