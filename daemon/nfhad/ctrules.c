// SPDX-License-Identifier: GPL-2.0-or-later
/* Rulesets of nftables. */

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctimage.h"
#include "ctnet.h"
#include "ctrules.h"
#include "instance.h"

#define FLUSH "flush ruleset\n"

/* The first line of what the library complains of. */
static void complain(const struct nfhad_instance *instance, const char *what,
		     struct nft_ctx *nft)
{
	const char *error = nft_ctx_get_error_buffer(nft);

	nfhad_log_instance(LOG_ERR, instance, "%s: %.*s", what,
			   (int)strcspn(error, "\n"), error);
}

static int list_rules(const struct nfhad_instance *instance, int fd)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *text;
	int ret;

	if (!nft)
		return -ENOMEM;
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	if (nft_run_cmd_from_buffer(nft, "list ruleset")) {
		complain(instance, "the ruleset cannot be listed", nft);
		ret = -EINVAL;
	} else {
		text = nft_ctx_get_output_buffer(nft);
		ret = nfhad_ctfile_append(fd, text, strlen(text));
	}
	nft_ctx_free(nft);
	return ret;
}

static int apply(const struct nfhad_instance *instance, const char *text,
		 bool dry)
{
	struct nft_ctx *nft;
	char *command;
	int ret = 0;

	if (asprintf(&command, FLUSH "%s\n", text) < 0)
		return -ENOMEM;
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft) {
		free(command);
		return -ENOMEM;
	}
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	nft_ctx_set_dry_run(nft, dry);
	if (nft_run_cmd_from_buffer(nft, command)) {
		complain(instance, "the ruleset is refused", nft);
		ret = -EINVAL;
	}
	nft_ctx_free(nft);
	free(command);
	return ret;
}

int nfhad_ctrules_load(const struct nfhad_instance *instance, const char *text)
{
	return apply(instance, text, false);
}

/* A file of /proc that lists the tables of iptables. */
static bool has_line(const char *path)
{
	char c;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, &c, 1);
	close(fd);
	return n > 0;
}

static int on_element(const struct nlattr *element, void *data)
{
	const struct nlattr *attr;
	const char *name;

	mnl_attr_for_each_nested(attr, element) {
		if (mnl_attr_get_type(attr) != NFTA_EXPR_NAME)
			continue;
		name = mnl_attr_get_str(attr);
		if (!strcmp(name, "match") || !strcmp(name, "target"))
			*(bool *)data = true;
	}
	return MNL_CB_OK;
}

static int on_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *element;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFTA_RULE_EXPRESSIONS)
			continue;
		mnl_attr_for_each_nested(element, attr)
			on_element(element, data);
	}
	return MNL_CB_OK;
}

/* Does a rule use a match or target of iptables? */
static int rules_walk(int fd, bool *foreign)
{
	static char buffer[NFHAD_CTNET_BYTES];
	ssize_t n;
	int ret;

	ret = nfhad_ctnet_ask(fd, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE,
			      NLM_F_DUMP);
	if (ret)
		return ret;
	do {
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buffer, (size_t)n, 0, 0, on_rule, foreign);
	} while (ret > MNL_CB_STOP);
	return ret < 0 ? -errno : 0;
}

static int rules_are_foreign(bool *foreign)
{
	int fd, ret;

	do {
		fd = nfhad_ctnet_socket();
		if (fd < 0)
			return fd;
		ret = rules_walk(fd, foreign);
		close(fd);
		/* The rules were changed meanwhile. */
	} while (ret == -EINTR);
	return ret;
}

static int refuse_foreign(const struct nfhad_instance *instance)
{
	bool foreign = false;
	int ret;

	if (has_line("/proc/net/ip_tables_names") ||
	    has_line("/proc/net/ip6_tables_names")) {
		nfhad_log_instance(LOG_ERR, instance,
				   "the namespace has rules of legacy iptables, which cannot be saved; give a ruleset");
		return -EOPNOTSUPP;
	}
	ret = rules_are_foreign(&foreign);
	if (ret || !foreign)
		return ret;
	nfhad_log_instance(LOG_ERR, instance,
			   "a rule uses a match or target of iptables, which cannot be saved; give a ruleset");
	return -EOPNOTSUPP;
}

/* @fd: where to write it, or -1 */
static int take_file(const struct nfhad_instance *instance, int fd)
{
	const char *path = instance->service->config->ruleset;
	char *text;
	size_t len;
	int ret;

	ret = nfhad_ctfile_read(AT_FDCWD, path, &text, &len);
	if (ret) {
		nfhad_log_instance(LOG_ERR, instance, "%s: %s", path,
				   strerror(-ret));
		return ret;
	}
	ret = apply(instance, text, true);
	if (!ret && fd >= 0)
		ret = nfhad_ctfile_append(fd, text, strlen(text));
	free(text);
	return ret;
}

int nfhad_ctrules_check(const struct nfhad_instance *instance)
{
	if (instance->service->config->ruleset)
		return take_file(instance, -1);
	return refuse_foreign(instance);
}

int nfhad_ctrules_save(const struct nfhad_instance *instance, int fd)
{
	int ret;

	if (instance->service->config->ruleset)
		return take_file(instance, fd);
	ret = refuse_foreign(instance);
	return ret ? ret : list_rules(instance, fd);
}

static bool is_empty(struct nft_ctx *nft)
{
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	return !nft_run_cmd_from_buffer(nft, "list ruleset") &&
	       !*nft_ctx_get_output_buffer(nft);
}

int nfhad_ctrules_begin(const struct nfhad_instance *instance, const char *text)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	bool empty;

	if (!nft)
		return -ENOMEM;
	empty = is_empty(nft);
	nft_ctx_free(nft);
	return empty ? apply(instance, text, false) : 0;
}
