// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of ctnetlink. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include "ctmessage.h"

#define BATCH NFHAD_CTMESSAGE_BATCH
/* The kernel's are shorter; what is cut off is told. */
#define BYTES 8192

static uint32_t room[BATCH][BYTES / 4];

int nfhad_ctmessage_receive(int fd, const struct nlmsghdr *message[BATCH])
{
	struct mmsghdr msgs[BATCH] = { 0 };
	struct iovec iov[BATCH];
	int n, i, good = 0;

	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec) { room[i], BYTES };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		const struct nlmsghdr *nlh = (const void *)room[i];

		if (msgs[i].msg_hdr.msg_flags & MSG_TRUNC ||
		    !mnl_nlmsg_ok(nlh, (int)msgs[i].msg_len))
			return -ENOBUFS;
		message[good++] = nlh;
	}
	return good;
}

int nfhad_ctmessage_learn(struct nfhad_ctstate *state,
			  const struct nlmsghdr *nlh, bool whole)
{
	uint8_t subsystem = NFNL_SUBSYS_ID(nlh->nlmsg_type);
	uint8_t type = NFNL_MSG_TYPE(nlh->nlmsg_type);
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	struct nfhad_ctattrs attrs;
	enum nfhad_ctkind kind;
	bool gone;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*nfg))
		return 0;
	if (subsystem == NFNL_SUBSYS_CTNETLINK)
		kind = NFHAD_CT_CONNECTION;
	else if (subsystem == NFNL_SUBSYS_CTNETLINK_EXP)
		kind = NFHAD_CT_EXPECTATION;
	else
		return 0;
	if (nfhad_ctattrs_parse(kind, nfg->nfgen_family,
				mnl_nlmsg_get_payload_offset(nlh, sizeof(*nfg)),
				mnl_nlmsg_get_payload_len(nlh) - sizeof(*nfg),
				&attrs))
		return -EBADMSG;
	gone = kind == NFHAD_CT_CONNECTION ? type == IPCTNL_MSG_CT_DELETE :
					     type == IPCTNL_MSG_EXP_DELETE;
	if (!gone)
		return nfhad_ctstate_learn(state, &attrs, whole);
	nfhad_ctstate_forget(state, &attrs);
	return 0;
}

