// SPDX-License-Identifier: GPL-2.0-or-later

#include <check.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "transport.h"

#define DATAGRAMS 16
#define MESSAGE_ROOM 4096
#define ACK_MESSAGE 1

struct datagram {
	char *data;
	size_t len;
	int error;
};

static struct {
	char sent[BUFFER_SIZE];
	size_t sent_length;
	unsigned int sends;
	struct datagram queue[DATAGRAMS];
	unsigned int first, last;
	char *at;
	int fd;
} transport;

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket,
				 const void *data, size_t len)
{
	(void)socket;
	ck_assert_uint_le(len, sizeof(transport.sent));
	memcpy(transport.sent, data, len);
	transport.sent_length = len;
	transport.sends++;
	return len;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *data,
				   size_t size)
{
	struct datagram *datagram = &transport.queue[transport.first];

	(void)socket;
	ck_assert_msg(transport.first < transport.last,
		      "the library waits for an answer that does not come");
	transport.first++;
	if (datagram->error) {
		errno = datagram->error;
		return -1;
	}
	ck_assert_uint_le(datagram->len, size);
	memcpy(data, datagram->data, datagram->len);
	free(datagram->data);
	return datagram->len;
}

int __wrap_mnl_socket_get_fd(const struct mnl_socket *socket)
{
	(void)socket;
	return transport.fd;
}

struct nfha *transport_open(void)
{
	struct nfha *h = calloc(1, sizeof(*h));

	ck_assert_ptr_nonnull(h);
	memset(&transport, 0, sizeof(transport));
	h->family = FAMILY;
	h->seq = 100;
	transport.fd = eventfd(1, EFD_CLOEXEC);
	ck_assert_int_ge(transport.fd, 0);
	return h;
}

void transport_close(struct nfha *h)
{
	ck_assert_uint_eq(transport.first, transport.last);
	close(transport.fd);
	nfha_close(h);
}

const struct nlmsghdr *sent(void)
{
	return (const struct nlmsghdr *)transport.sent;
}

size_t sent_length(void)
{
	return transport.sent_length;
}

unsigned int sends(void)
{
	return transport.sends;
}

const struct nlattr *sent_attr(uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, sent(), sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

void datagram_begin(void)
{
	struct datagram *datagram = &transport.queue[transport.last];

	ck_assert_uint_lt(transport.last, DATAGRAMS);
	datagram->data = calloc(1, BUFFER_SIZE);
	ck_assert_ptr_nonnull(datagram->data);
	transport.at = datagram->data;
}

static void message_end(const struct nlmsghdr *nlh)
{
	transport.at += MNL_ALIGN(nlh->nlmsg_len);
}

/* Attributes may be put until the next message begins. */
struct nlmsghdr *message_begin(uint16_t type, uint8_t cmd, uint32_t seq)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *genl;
	const struct nlmsghdr *before = (const struct nlmsghdr *)transport.at;

	if (before->nlmsg_len)
		message_end(before);
	nlh = mnl_nlmsg_put_header(transport.at);
	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = seq;
	if (type < NLMSG_MIN_TYPE)
		return nlh;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NFHA_FAMILY_VERSION;
	return nlh;
}

struct nlmsghdr *last_message(void)
{
	return (struct nlmsghdr *)transport.at;
}

/* Capped, as the library asks for it. */
void message_ack(uint32_t seq, int error, const char *text)
{
	struct nlmsghdr *nlh = message_begin(NLMSG_ERROR, 0, seq);
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));

	err->error = error;
	err->msg.nlmsg_len = sizeof(err->msg);
	nlh->nlmsg_flags |= NLM_F_CAPPED;
	if (!text)
		return;
	nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	mnl_attr_put_strz(nlh, ACK_MESSAGE, text);
}

void message_done(uint32_t seq, int error, const char *text)
{
	struct nlmsghdr *nlh = message_begin(NLMSG_DONE, 0, seq);
	int *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));

	*err = error;
	if (!text)
		return;
	nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	mnl_attr_put_strz(nlh, ACK_MESSAGE, text);
}

/* An answer that has the attributes of the last request. */
void message_echo(uint32_t seq, uint8_t cmd)
{
	struct nlmsghdr *nlh = message_begin(FAMILY, cmd, seq);
	size_t head = MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct genlmsghdr));
	size_t len = sent()->nlmsg_len - head;

	memcpy((char *)nlh + nlh->nlmsg_len, (const char *)sent() + head, len);
	nlh->nlmsg_len += len;
}

void datagram_end(void)
{
	struct datagram *datagram = &transport.queue[transport.last++];
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)transport.at;

	if (nlh->nlmsg_len)
		message_end(nlh);
	datagram->len = transport.at - datagram->data;
}

void datagram_error(int error)
{
	transport.queue[transport.last++].error = error;
}
