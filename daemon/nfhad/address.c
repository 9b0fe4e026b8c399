// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses of devices. */

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "config.h"
#include "diag.h"
#include "value.h"

/* The message, and three attributes. */
struct request {
	struct ifaddrmsg message;
	uint8_t attribute[64];
};

void nfhad_address_of(const struct nfhad_address_config *config,
		      struct nfhad_address *address)
{
	nfhad_value_prefix(config->address, &address->family, address->bytes,
			   &address->prefix);
	address->device = config->device;
}

static size_t attribute_put(uint8_t *at, uint16_t type, const void *data,
			    size_t size)
{
	struct nlattr attribute = {
		.nla_len = NLA_HDRLEN + size,
		.nla_type = type,
	};

	memcpy(at, &attribute, sizeof(attribute));
	memcpy(at + NLA_HDRLEN, data, size);
	return NLA_ALIGN(attribute.nla_len);
}

static int ask(const struct nfhad_address *address, uint16_t type, uint16_t flags)
{
	const size_t size = address->family == AF_INET ? 4 : 16;
	const uint32_t without_dad = IFA_F_NODAD;
	struct request request = {
		.message = {
			.ifa_family = address->family,
			.ifa_prefixlen = address->prefix,
			.ifa_index = if_nametoindex(address->device),
		},
	};
	uint8_t *at = request.attribute;
	int ret, fd;

	if (!request.message.ifa_index)
		return -ENODEV;
	at += attribute_put(at, IFA_LOCAL, address->bytes, size);
	at += attribute_put(at, IFA_ADDRESS, address->bytes, size);
	if (address->family == AF_INET6)
		at += attribute_put(at, IFA_FLAGS, &without_dad,
				    sizeof(without_dad));
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	ret = nfhad_diag_ask(fd, type, NLM_F_ACK | flags, &request,
			     at - (uint8_t *)&request, NULL, NULL);
	close(fd);
	return ret;
}

int nfhad_address_add(const struct nfhad_address *address)
{
	return ask(address, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
}

int nfhad_address_remove(const struct nfhad_address *address)
{
	int ret = ask(address, RTM_DELADDR, 0);

	return ret == -EADDRNOTAVAIL || ret == -ENODEV ? 0 : ret;
}
