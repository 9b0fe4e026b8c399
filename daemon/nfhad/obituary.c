// SPDX-License-Identifier: GPL-2.0-or-later
/* Who ends: the kernel's statistics of tasks (taskstats). */

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"
#include "obituary.h"
#include "proc.h"

/* Two blocks of statistics, and what is around them. */
#define MESSAGE_MAX 8192
#define CPUS "/sys/devices/system/cpu/possible"

/**
 * struct nfhad_obituary - a listener
 * @socket: in the first network namespace, the only one that has the statistics
 * @family: number of the netlink family
 * @watch: of @socket
 * @fn: told
 * @data: for @fn
 */
struct nfhad_obituary {
	int socket;
	uint16_t family;
	sd_event_source *watch;
	nfhad_obituary_fn fn;
	void *data;
};

static int on_id(const struct nlattr *attr, void *data)
{
	struct nfhad_death *death = data;

	if (mnl_attr_get_type(attr) == TASKSTATS_TYPE_PID)
		death->thread = mnl_attr_get_u32(attr);
	else if (mnl_attr_get_type(attr) == TASKSTATS_TYPE_TGID)
		death->pid = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int on_block(const struct nlattr *attr, void *data)
{
	uint16_t type = mnl_attr_get_type(attr);

	if (type != TASKSTATS_TYPE_AGGR_PID && type != TASKSTATS_TYPE_AGGR_TGID)
		return MNL_CB_OK;
	return mnl_attr_parse_nested(attr, on_id, data);
}

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	struct nfhad_obituary *obituary = data;
	struct nfhad_death death = { 0 };

	if (nlh->nlmsg_type != obituary->family)
		return MNL_CB_OK;
	mnl_attr_parse(nlh, GENL_HDRLEN, on_block, &death);
	death.whole = death.pid;
	if (!death.whole)
		death.pid = death.thread;
	if (death.pid)
		obituary->fn(&death, obituary->data);
	return MNL_CB_OK;
}

/* What is lost because too many have ended is told by the descriptors later. */
static int on_readable(sd_event_source *source, int fd, uint32_t revents,
		       void *data)
{
	static char buffer[MESSAGE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;

	(void)source;
	(void)revents;
	n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n > 0)
		mnl_cb_run(buffer, n, 0, 0, on_message, data);
	return 0;
}

static int on_family(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		*(uint16_t *)data = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int on_answer(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, GENL_HDRLEN, on_family, data);
}

static struct nlmsghdr *request(char *buffer, uint16_t family, uint8_t command,
				uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
	return nlh;
}

/* Until it is acknowledged. Who ends meanwhile is missed. */
static int ask(int fd, struct nlmsghdr *nlh, mnl_cb_t fn, void *data)
{
	static char answer[MESSAGE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;
	int ret;

	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		return -errno;
	do {
		n = recv(fd, answer, sizeof(answer), 0);
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(answer, n, 0, 0, fn, data);
	} while (ret > MNL_CB_STOP);
	return ret < 0 ? -errno : 0;
}

static int find_family(struct nfhad_obituary *obituary)
{
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh;

	nlh = request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME);
	return ask(obituary->socket, nlh, on_answer, &obituary->family);
}

static int cpus_read(char *text, size_t size)
{
	ssize_t n = nfhad_proc_read(CPUS, text, size);

	if (n <= 0)
		return n ?: -ENODATA;
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

/* Of all processors. The kernel forgets it when the socket has gone. */
static int enlist(struct nfhad_obituary *obituary)
{
	char buffer[512] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
	struct nlmsghdr *nlh;
	char cpus[128];
	int ret;

	ret = cpus_read(cpus, sizeof(cpus));
	if (ret)
		return ret;
	nlh = request(buffer, obituary->family, TASKSTATS_CMD_GET,
		      TASKSTATS_GENL_VERSION);
	mnl_attr_put_strz(nlh, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus);
	return ask(obituary->socket, nlh, NULL, NULL);
}

static int socket_open(void)
{
	int fd, netns;

	netns = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return -errno;
	fd = nfhad_netns_socket(netns, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	close(netns);
	return fd;
}

int nfhad_obituary_open(sd_event *event, nfhad_obituary_fn fn, void *data,
			struct nfhad_obituary **out)
{
	struct nfhad_obituary *obituary = calloc(1, sizeof(*obituary));
	int ret;

	if (!obituary)
		return -ENOMEM;
	obituary->fn = fn;
	obituary->data = data;
	obituary->socket = socket_open();
	ret = obituary->socket < 0 ? obituary->socket : 0;
	ret = ret ?: find_family(obituary);
	ret = ret ?: enlist(obituary);
	if (!ret)
		ret = sd_event_add_io(event, &obituary->watch, obituary->socket,
				      EPOLLIN, on_readable, obituary);
	if (ret < 0) {
		nfhad_obituary_close(obituary);
		return ret;
	}
	*out = obituary;
	return 0;
}

void nfhad_obituary_close(struct nfhad_obituary *obituary)
{
	if (!obituary)
		return;
	sd_event_source_disable_unref(obituary->watch);
	if (obituary->socket >= 0)
		close(obituary->socket);
	free(obituary);
}
