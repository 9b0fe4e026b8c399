// SPDX-License-Identifier: LGPL-2.1-or-later

#include <poll.h>

#include "internal.h"

static void service_get(const struct nlmsghdr *nlh, struct nfha_event *event)
{
	const struct nlattr *tb[NFHA_A_SERVICE_MAX + 1];

	parse(nlh, tb, NFHA_A_SERVICE_MAX);
	get_name(tb[NFHA_A_SERVICE_NAME], event->service,
		 sizeof(event->service));
	event->generation = get_u32(tb[NFHA_A_SERVICE_GENERATION]);
	event->flows = get_u32(tb[NFHA_A_SERVICE_FLOWS]);
	event->exceptions = get_u32(tb[NFHA_A_SERVICE_EXCEPTIONS]);
	event->threshold = get_u32(tb[NFHA_A_SERVICE_THRESHOLD]);
}

static void instance_get(const struct nlmsghdr *nlh, struct nfha_event *event)
{
	const struct nlattr *tb[NFHA_A_INSTANCE_MAX + 1];

	parse(nlh, tb, NFHA_A_INSTANCE_MAX);
	get_name(tb[NFHA_A_INSTANCE_SERVICE], event->service,
		 sizeof(event->service));
	get_name(tb[NFHA_A_INSTANCE_NAME], event->instance,
		 sizeof(event->instance));
	event->state = get_u32(tb[NFHA_A_INSTANCE_STATE]);
	event->flows = get_u32(tb[NFHA_A_INSTANCE_FLOWS]);
	event->exceptions = get_u32(tb[NFHA_A_INSTANCE_EXCEPTIONS]);
}

static void map_get(const struct nlmsghdr *nlh, struct nfha_event *event)
{
	const struct nlattr *tb[NFHA_A_MAP_MAX + 1];

	parse(nlh, tb, NFHA_A_MAP_MAX);
	get_name(tb[NFHA_A_MAP_SERVICE], event->service,
		 sizeof(event->service));
	event->generation = get_u32(tb[NFHA_A_MAP_GENERATION]);
}

static void other_get(const struct nlmsghdr *nlh, struct nfha_event *event)
{
	const struct nlattr *tb[NFHA_A_EVENT_MAX + 1];

	parse(nlh, tb, NFHA_A_EVENT_MAX);
	get_name(tb[NFHA_A_EVENT_SERVICE], event->service,
		 sizeof(event->service));
	get_name(tb[NFHA_A_EVENT_INSTANCE], event->instance,
		 sizeof(event->instance));
	get_name(tb[NFHA_A_EVENT_IFNAME], event->ifname, sizeof(event->ifname));
	event->flows = get_u32(tb[NFHA_A_EVENT_FLOWS]);
	event->exceptions = get_u32(tb[NFHA_A_EVENT_EXCEPTIONS]);
	event->threshold = get_u32(tb[NFHA_A_EVENT_THRESHOLD]);
	event->drain_end = get_u32(tb[NFHA_A_EVENT_DRAIN_END]);
	event->port_event = get_u32(tb[NFHA_A_EVENT_PORT_EVENT]);
	event->side = get_u32(tb[NFHA_A_EVENT_SIDE]);
	get_name(tb[NFHA_A_EVENT_BACKUP], event->backup, sizeof(event->backup));
	event->queue = get_u32(tb[NFHA_A_EVENT_QUEUE]);
	event->bytes = get_u64(tb[NFHA_A_EVENT_BYTES]);
	event->limit = get_u64(tb[NFHA_A_EVENT_LIMIT]);
	event->overflow = get_u32(tb[NFHA_A_EVENT_OVERFLOW]);
	event->epoch = get_u64(tb[NFHA_A_EVENT_EPOCH]);
	event->reason = get_u32(tb[NFHA_A_EVENT_REASON]);
	event->replayed = get_u64(tb[NFHA_A_EVENT_REPLAYED]);
	event->complete = get_u8(tb[NFHA_A_EVENT_COMPLETE]);
	event->dead_man_policy = get_u32(tb[NFHA_A_EVENT_DEAD_MAN_POLICY]);
	event->overload_level = get_u32(tb[NFHA_A_EVENT_OVERLOAD_LEVEL]);
	get_name(tb[NFHA_A_EVENT_OVERLOAD_REASON], event->overload_reason,
		 sizeof(event->overload_reason));
}

static void event_get(const struct nlmsghdr *nlh, struct nfha_event *event)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	memset(event, 0, sizeof(*event));
	event->cmd = genl->cmd;
	switch (genl->cmd) {
	case NFHA_CMD_SERVICE_NEW_NTF:
	case NFHA_CMD_SERVICE_SET_NTF:
	case NFHA_CMD_SERVICE_DEL_NTF:
		service_get(nlh, event);
		break;
	case NFHA_CMD_INSTANCE_NEW_NTF:
	case NFHA_CMD_INSTANCE_SET_NTF:
	case NFHA_CMD_INSTANCE_DEL_NTF:
		instance_get(nlh, event);
		break;
	case NFHA_CMD_MAP_SET_NTF:
		map_get(nlh, event);
		break;
	default:
		other_get(nlh, event);
	}
}

int nfha_event_subscribe(struct nfha *h)
{
	if (mnl_socket_setsockopt(h->socket, NETLINK_ADD_MEMBERSHIP, &h->group,
				  sizeof(h->group)) < 0)
		return -errno;
	return 0;
}

int nfha_event_fd(const struct nfha *h)
{
	return mnl_socket_get_fd(h->socket);
}

int nfha_event_read(struct nfha *h, int timeout_ms, nfha_event_fn fn,
		    void *data)
{
	struct pollfd pfd = { .fd = nfha_event_fd(h), .events = POLLIN };
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)h->in;
	int left, ret = poll(&pfd, 1, timeout_ms);

	if (ret < 0)
		return -errno;
	if (!ret)
		return -ETIMEDOUT;
	left = mnl_socket_recvfrom(h->socket, h->in, sizeof(h->in));
	if (left < 0)
		return -errno;
	for (ret = 0; !ret && message_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		struct nfha_event event;

		if (nlh->nlmsg_type != h->family ||
		    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
			continue;
		event_get(nlh, &event);
		ret = fn(&event, data);
	}
	return ret;
}
