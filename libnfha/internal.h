/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNFHA_INTERNAL_H
#define LIBNFHA_INTERNAL_H

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "libnfha/nfha.h"

/* Room for the longest request and answer, a map of 4,096 ranges; other dumps of the
 * kernel's fill 32 KiB.
 */
#define BUFFER_SIZE (512 * 1024UL)

/**
 * struct nfha - a connection
 * @socket: libmnl's
 * @portid: of the socket
 * @family: netlink type of the family
 * @group: multicast group of the events
 * @seq: of the last request
 * @error: what the kernel said about the last call that failed
 * @is_interrupted: parts of the dump that is read do not belong together
 * @out_length: of the request, or of all requests of a batch
 * @out: request
 * @in: answer
 */
struct nfha {
	struct mnl_socket *socket;
	unsigned int portid;
	uint16_t family;
	uint32_t group;
	unsigned int seq;
	char error[256];
	bool is_interrupted;
	size_t out_length;
	char out[BUFFER_SIZE];
	char in[BUFFER_SIZE];
};

/* Gets a message of the answer; 0 to go on. */
typedef int (*answer_fn)(const struct nlmsghdr *nlh, void *data);

/* handle.c */
struct nlmsghdr *request_begin(struct nfha *h, uint8_t cmd, uint16_t flags);
int request_send(struct nfha *h, struct nlmsghdr *nlh, answer_fn fn,
		 void *data);
int answer_error(struct nfha *h, const struct nlmsghdr *nlh);
void put_name(struct nlmsghdr *nlh, uint16_t type, const char *name);
void get_name(const struct nlattr *attr, char *name, size_t size);
void parse(const struct nlmsghdr *nlh, const struct nlattr **tb, uint16_t max);
void parse_nested(const struct nlattr *nest, const struct nlattr **tb,
		  uint16_t max);

/* names.c */
void attr_name(const struct nlmsghdr *nlh, uint32_t offset, char *name,
	       size_t size);

/* port.c */
void port_put(struct nlmsghdr *nlh, uint16_t type,
	      const struct nfha_port *port);
void port_get(const struct nlattr *nest, struct nfha_port *port);

/* mnl_nlmsg_ok() takes a length beyond INT_MAX for a negative one, and that for a small
 * one.
 */
static inline bool message_ok(const struct nlmsghdr *nlh, int left)
{
	return left >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= (uint32_t)left;
}

/* So many bytes of an attribute that is there; one that is too short counts as none. */
static inline bool attr_has(const struct nlattr *attr, size_t size)
{
	return attr && attr->nla_len >= MNL_ATTR_HDRLEN + size;
}

static inline uint32_t get_u32(const struct nlattr *attr)
{
	return attr_has(attr, sizeof(uint32_t)) ? mnl_attr_get_u32(attr) : 0;
}

static inline uint64_t get_u64(const struct nlattr *attr)
{
	return attr_has(attr, sizeof(uint64_t)) ? mnl_attr_get_u64(attr) : 0;
}

static inline uint16_t get_u16(const struct nlattr *attr)
{
	return attr_has(attr, sizeof(uint16_t)) ? mnl_attr_get_u16(attr) : 0;
}

static inline uint8_t get_u8(const struct nlattr *attr)
{
	return attr_has(attr, sizeof(uint8_t)) ? mnl_attr_get_u8(attr) : 0;
}

#endif /* LIBNFHA_INTERNAL_H */
