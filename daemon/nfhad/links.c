// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices of instances. */

#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <string.h>

#include "links.h"
#include "links_private.h"
#include "said.h"
#include "value.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

int nfhad_links_errno(int ret)
{
	static const int numbers[] = {
		[NLE_EXIST] = EEXIST, [NLE_NOMEM] = ENOMEM, [NLE_PERM] = EPERM,
		[NLE_NODEV] = ENODEV, [NLE_OBJ_NOTFOUND] = ENODEV,
		[NLE_BUSY] = EBUSY, [NLE_INVAL] = EINVAL,
		[NLE_RANGE] = ERANGE, [NLE_OPNOTSUPP] = EOPNOTSUPP,
		[NLE_AF_NOSUPPORT] = EAFNOSUPPORT, [NLE_NOADDR] = EADDRNOTAVAIL,
	};
	size_t n = ret < 0 ? -ret : ret;

	if (!n)
		return 0;
	return n < ARRAY_SIZE(numbers) && numbers[n] ?
		       -numbers[n] : -EIO;
}

int nfhad_links_open(int netns, int host, struct nl_sock **out)
{
	struct nl_sock *sock = nl_socket_alloc();
	int ret;

	*out = NULL;
	if (!sock)
		return -ENOMEM;
	ret = setns(netns, CLONE_NEWNET) ? -errno : 0;
	if (!ret) {
		ret = nfhad_links_errno(nl_connect(sock, NETLINK_ROUTE));
		if (setns(host, CLONE_NEWNET))
			ret = -errno;
	}
	if (ret) {
		nl_socket_free(sock);
		return ret;
	}
	*out = sock;
	return 0;
}

void nfhad_links_close(struct nl_sock *sock)
{
	nl_socket_free(sock);
}

/* NULL if there is none. */
static struct rtnl_link *find(struct nl_sock *sock, const char *name)
{
	struct rtnl_link *link;

	return rtnl_link_get_kernel(sock, 0, name, &link) ? NULL : link;
}

int nfhad_links_index(struct nl_sock *sock, const char *name)
{
	struct rtnl_link *link = find(sock, name);
	int index = link ? rtnl_link_get_ifindex(link) : -ENODEV;

	rtnl_link_put(link);
	return index;
}

static bool has_mark(struct rtnl_link *link, const char *mark)
{
	const char *alias = rtnl_link_get_ifalias(link);

	return alias && !strcmp(alias, mark);
}

/* Of a device: its mark, its namespace, whether it is on; what is not given stays. */
static int change(struct nl_sock *sock, int index, const char *mark, int netns,
		  bool up)
{
	struct rtnl_link *from = rtnl_link_alloc(), *to = rtnl_link_alloc();
	int ret = -NLE_NOMEM;

	if (from && to) {
		rtnl_link_set_ifindex(from, index);
		rtnl_link_set_ifindex(to, index);
		if (mark)
			rtnl_link_set_ifalias(to, mark);
		if (netns >= 0)
			rtnl_link_set_ns_fd(to, netns);
		if (up)
			rtnl_link_set_flags(to, IFF_UP);
		ret = rtnl_link_change(sock, from, to, 0);
	}
	rtnl_link_put(from);
	rtnl_link_put(to);
	return nfhad_links_errno(ret);
}

int nfhad_links_mark(struct nl_sock *netns, const char *mark)
{
	return change(netns, 1, mark, -1, true);
}

bool nfhad_links_is_marked(struct nl_sock *netns, const char *mark)
{
	struct rtnl_link *link = find(netns, "lo");
	bool is = link && has_mark(link, mark);

	rtnl_link_put(link);
	return is;
}

static struct nl_addr *mac_of(const struct nfhad_link *link)
{
	uint8_t mac[6];

	if (!link->port->mac || nfhad_value_mac(link->port->mac, mac))
		return NULL;
	return nl_addr_build(AF_LLC, mac, sizeof(mac));
}

/* The other end of one of the host's, whatever it is called; NULL: it is not there. */
static struct rtnl_link *end_find(struct nl_sock *netns, struct rtnl_link *there)
{
	int index = rtnl_link_get_link(there);
	struct rtnl_link *end = NULL;

	if (index > 0 && rtnl_link_get_kernel(netns, index, NULL, &end))
		return NULL;
	if (end && rtnl_link_get_link(end) == rtnl_link_get_ifindex(there))
		return end;
	rtnl_link_put(end);
	return NULL;
}

static int switch_off(struct nl_sock *sock, struct rtnl_link *is)
{
	struct rtnl_link *to = rtnl_link_alloc();
	int ret = -NLE_NOMEM;

	if (to) {
		rtnl_link_unset_flags(to, IFF_UP);
		ret = rtnl_link_change(sock, is, to, 0);
	}
	rtnl_link_put(to);
	return ret;
}

/* Makes of it what a template that was changed says. Who is on keeps its name. */
static int fit(struct nl_sock *sock, struct rtnl_link *is, const char *name,
	       struct nl_addr *mac, uint32_t mtu)
{
	bool renamed = strcmp(rtnl_link_get_name(is), name) != 0;
	bool moved = mac && nl_addr_cmp(rtnl_link_get_addr(is), mac);
	bool resized = mtu && rtnl_link_get_mtu(is) != mtu;
	struct rtnl_link *to;
	int ret;

	if (!renamed && !moved && !resized)
		return 0;
	ret = renamed ? switch_off(sock, is) : 0;
	to = rtnl_link_alloc();
	if (to && renamed)
		rtnl_link_set_name(to, name);
	if (to && moved)
		rtnl_link_set_addr(to, mac);
	if (to && resized)
		rtnl_link_set_mtu(to, mtu);
	if (!ret)
		ret = to ? rtnl_link_change(sock, is, to, 0) : -NLE_NOMEM;
	rtnl_link_put(to);
	return ret;
}

static int pair_fit(struct nl_sock *host, struct rtnl_link *there,
		    struct nl_sock *netns, struct rtnl_link *end,
		    const struct nfhad_link *link, char *said)
{
	struct nl_addr *mac = mac_of(link);
	uint32_t mtu = link->port->mtu;
	int ret;

	ret = fit(host, there, link->device, NULL, mtu) ?:
	      fit(netns, end, link->name, mac, mtu);
	nl_addr_put(mac);
	if (ret)
		nfhad_said(said, "device %s in the namespace cannot become %s of its template: %s",
			   rtnl_link_get_name(end), link->name, nl_geterror(ret));
	return nfhad_links_errno(ret);
}

/* One that is there already is changed in place: with ranges it could not be made anew. */
static int pair_take(struct nl_sock *host, struct rtnl_link *there,
		     struct nl_sock *netns, const struct nfhad_link *link, char *said)
{
	struct rtnl_link *end;
	int ret = -EEXIST;

	if (!has_mark(there, link->mark)) {
		nfhad_said(said, "device %s is there, and not made for this instance",
			   link->device);
		return ret;
	}
	end = end_find(netns, there);
	if (end)
		ret = pair_fit(host, there, netns, end, link, said);
	else
		nfhad_said(said, "device %s is there without its other end: ip link delete %s",
			   link->device, link->device);
	rtnl_link_put(end);
	return ret;
}

static int pair_new(struct nl_sock *netns, const struct nfhad_link *link)
{
	struct rtnl_link *pair = rtnl_link_veth_alloc(), *end;
	struct nl_addr *mac = mac_of(link);
	int ret = -NLE_NOMEM;

	if (pair) {
		end = rtnl_link_veth_get_peer(pair);
		rtnl_link_set_name(pair, link->device);
		rtnl_link_set_name(end, link->name);
		if (mac)
			rtnl_link_set_addr(end, mac);
		if (link->port->mtu) {
			rtnl_link_set_mtu(pair, link->port->mtu);
			rtnl_link_set_mtu(end, link->port->mtu);
		}
		ret = rtnl_link_add(netns, pair, NLM_F_CREATE | NLM_F_EXCL);
		rtnl_link_put(end);
	}
	nl_addr_put(mac);
	rtnl_link_put(pair);
	return ret;
}

static int drop(struct nl_sock *sock, const char *name)
{
	struct rtnl_link *link = find(sock, name);
	int ret = link ? rtnl_link_delete(sock, link) : 0;

	rtnl_link_put(link);
	return nfhad_links_errno(ret);
}

/* It is made in the namespace, and the host's end goes to the host when it has its mark. */
static int pair_make(struct nl_sock *netns, int to, const struct nfhad_link *link,
		     char *said)
{
	int ret, index;

	ret = pair_new(netns, link);
	if (ret) {
		nfhad_said(said, "devices %s and %s cannot be made: %s",
			   link->device, link->name, nl_geterror(ret));
		return nfhad_links_errno(ret);
	}
	index = nfhad_links_index(netns, link->device);
	ret = index < 0 ? index : change(netns, index, link->mark, -1, false);
	ret = ret ?: change(netns, index, NULL, to, false);
	if (ret) {
		nfhad_said(said, "device %s cannot go to the host: %s",
			   link->device, strerror(-ret));
		drop(netns, link->device);
	}
	return ret;
}

static int switch_on(struct nl_sock *sock, const char *name, char *said)
{
	int index = nfhad_links_index(sock, name);
	int ret = index < 0 ? index : change(sock, index, NULL, -1, true);

	if (ret)
		nfhad_said(said, "device %s cannot be switched on: %s", name,
			   strerror(-ret));
	return ret;
}

int nfhad_links_make(struct nl_sock *host, struct nl_sock *netns, int to,
		     const struct nfhad_link *link, char *said)
{
	struct rtnl_link *there = find(host, link->device);
	int ret;

	if (there)
		ret = pair_take(host, there, netns, link, said);
	else
		ret = pair_make(netns, to, link, said);
	rtnl_link_put(there);
	ret = ret ?: switch_on(netns, link->name, said);
	return ret ?: switch_on(host, link->device, said);
}

int nfhad_links_remove(struct nl_sock *host, const char *device, const char *mark)
{
	struct rtnl_link *link = find(host, device);
	int ret = 0;

	if (link && has_mark(link, mark))
		ret = rtnl_link_delete(host, link);
	rtnl_link_put(link);
	return ret == -NLE_NODEV ? 0 : nfhad_links_errno(ret);
}

int nfhad_links_each(struct nl_sock *sock,
		     int (*fn)(const char *device, const char *mark, void *data),
		     void *data)
{
	struct nl_object *object;
	struct nl_cache *all;
	int ret;

	ret = nfhad_links_errno(rtnl_link_alloc_cache(sock, AF_UNSPEC, &all));
	if (ret)
		return ret;
	for (object = nl_cache_get_first(all); object && !ret;
	     object = nl_cache_get_next(object)) {
		struct rtnl_link *link = (struct rtnl_link *)object;
		const char *alias = rtnl_link_get_ifalias(link);

		if (alias && !strncmp(alias, "nfhad ", 6))
			ret = fn(rtnl_link_get_name(link), alias, data);
	}
	nl_cache_free(all);
	return ret;
}
