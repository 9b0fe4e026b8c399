// SPDX-License-Identifier: GPL-2.0-only

#include "compat.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)

#define OPS_MAX 32

static struct genl_ops merged[OPS_MAX];

static struct genl_ops *op_find(struct genl_family *family, u8 cmd)
{
	unsigned int i;

	for (i = 0; i < family->n_ops; i++)
		if (merged[i].cmd == cmd)
			return &merged[i];
	if (family->n_ops == OPS_MAX)
		return NULL;
	merged[family->n_ops].cmd = cmd;
	return &merged[family->n_ops++];
}

/**
 * nfha_genl_family_register - register a family that has split operations
 * @family: the family; its ops are filled in
 * @ops: operations, do and dump of a command with the same policy
 * @n: how many
 *
 * Linux 6.1 keeps one policy for both kinds of a command, so the
 * specification gives both the same request.
 *
 * Context: process, at module load.
 * Return: 0 or a negative errno.
 */
int nfha_genl_family_register(struct genl_family *family,
			      const struct genl_split_ops *ops, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct genl_ops *op = op_find(family, ops[i].cmd);

		if (WARN_ON(!op))
			return -E2BIG;
		op->policy = ops[i].policy;
		op->maxattr = ops[i].maxattr;
		op->flags = ops[i].flags & GENL_UNS_ADMIN_PERM;
		if (ops[i].flags & GENL_CMD_CAP_DUMP) {
			op->start = ops[i].start;
			op->dumpit = ops[i].dumpit;
		} else {
			op->doit = ops[i].doit;
		}
	}
	family->ops = merged;
	return genl_register_family(family);
}

#endif /* < 6.2 */
