// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Output commit as a checkpointer would drive it, without its checkpoints: by the
 * module, or by the stock kernel's plug queue, which knows one pending epoch.
 */

#include <err.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <libnfha/nfha.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../vnf/netns.h"
#include "epochs.h"

/* Epochs that are cut and not committed. */
#define PENDING 4

/**
 * struct epochs - what lets packets out
 * @nfha: the module, or NULL
 * @service: of @instance
 * @instance: the one that is checkpointed
 * @committed: its last epoch that is
 * @plug: rtnetlink socket in the device's namespace, if it is not the module
 * @ifindex: the device
 */
struct epochs {
	struct nfha *nfha;
	char service[NFHA_NAME_MAX + 1];
	char instance[NFHA_NAME_MAX + 1];
	uint64_t committed;
	struct mnl_socket *plug;
	unsigned int ifindex;
};

static void plug_open(struct epochs *epochs, const char *netns,
		      const char *device)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	netns_must_enter(netns);
	epochs->plug = mnl_socket_open(NETLINK_ROUTE);
	epochs->ifindex = if_nametoindex(device);
	if (!epochs->plug || mnl_socket_bind(epochs->plug, 0, 0) ||
	    !epochs->ifindex)
		err(1, "%s in %s", device, netns);
	if (setns(own, CLONE_NEWNET))
		err(1, "setns");
	close(own);
}

/* What tc(8) has no words for. */
static void plug_do(struct epochs *epochs, int action)
{
	const struct tc_plug_qopt option = { .action = action };
	uint64_t buffer[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tcm;
	ssize_t n;

	nlh->nlmsg_type = RTM_NEWQDISC;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_ifindex = epochs->ifindex;
	tcm->tcm_parent = TC_H_ROOT;
	mnl_attr_put_strz(nlh, TCA_KIND, "plug");
	mnl_attr_put(nlh, TCA_OPTIONS, sizeof(option), &option);
	if (mnl_socket_sendto(epochs->plug, nlh, nlh->nlmsg_len) < 0)
		err(1, "plug");
	n = mnl_socket_recvfrom(epochs->plug, buffer, sizeof(buffer));
	if (n < 0 || mnl_cb_run(buffer, n, 0,
				mnl_socket_get_portid(epochs->plug), NULL,
				NULL) < 0)
		err(1, "plug");
}

/**
 * epochs_open - begin to close epochs
 * @text: "nfha:NETNS:SERVICE:INSTANCE", or "plug:NETNS:DEVICE" for a device
 *	that has this queue
 *
 * Return: what the others want. There is no program without.
 */
struct epochs *epochs_open(const char *text)
{
	struct epochs *epochs = calloc(1, sizeof(*epochs));
	char netns[32], device[32];
	struct nfha_epoch now;
	int ret;

	if (!epochs)
		err(1, "memory");
	if (sscanf(text, "plug:%31[^:]:%31s", netns, device) == 2) {
		plug_open(epochs, netns, device);
		plug_do(epochs, TCQ_PLUG_BUFFER);
		return epochs;
	}
	if (sscanf(text, "nfha:%31[^:]:%31[^:]:%31s", netns, epochs->service,
		   epochs->instance) != 3)
		errx(1, "not what lets packets out: %s", text);
	ret = nfha_open(&epochs->nfha, netns);
	if (!ret)
		ret = nfha_epoch_get(epochs->nfha, epochs->service,
				     epochs->instance, &now);
	if (ret)
		errx(1, "%s: %s", text, strerror(-ret));
	epochs->committed = now.committed;
	return epochs;
}

static void commit(struct epochs *epochs, uint64_t number)
{
	if (nfha_epoch_commit(epochs->nfha, epochs->service, epochs->instance,
			      number))
		errx(1, "%s", nfha_error(epochs->nfha));
	epochs->committed = number;
}

static uint64_t checkpoint(struct epochs *epochs)
{
	uint64_t number;

	if (nfha_epoch_begin(epochs->nfha, epochs->service, epochs->instance,
			     &number) ||
	    nfha_epoch_cut(epochs->nfha, epochs->service, epochs->instance,
			   &number))
		errx(1, "%s", nfha_error(epochs->nfha));
	return number;
}

/**
 * epochs_step - close an epoch, and let an older one out
 * @epochs: from epochs_open()
 */
void epochs_step(struct epochs *epochs)
{
	uint64_t number;

	if (!epochs->nfha) {
		plug_do(epochs, TCQ_PLUG_BUFFER);
		plug_do(epochs, TCQ_PLUG_RELEASE_ONE);
		return;
	}
	number = checkpoint(epochs);
	if (number > epochs->committed + PENDING)
		commit(epochs, number - PENDING);
}

/**
 * epochs_end - close an epoch, and let all out
 * @epochs: from epochs_open()
 */
void epochs_end(struct epochs *epochs)
{
	if (epochs->nfha)
		commit(epochs, checkpoint(epochs));
	else
		epochs_step(epochs);
}
