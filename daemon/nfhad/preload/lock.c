// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loaded into criu before libnftables, whose calls it answers.
 *
 * CRIU 3.17 drops all packets of a network namespace from the freeze to the thaw,
 * by rules that it makes and removes while the VNF is frozen. That costs a
 * retransmission for each connection and checkpoint, and more time than the rest of the
 * freeze. The kernel module's plug keeps what comes instead of dropping it, so there is
 * nothing for CRIU to lock, and no option of its says so.
 */

#include <nftables/libnftables.h>

/* Something that a pointer can point to. */
static char context;

__attribute__((visibility("default")))
struct nft_ctx *nft_ctx_new(uint32_t flags)
{
	(void)flags;
	return (struct nft_ctx *)&context;
}

__attribute__((visibility("default")))
void nft_ctx_free(struct nft_ctx *ctx)
{
	(void)ctx;
}

__attribute__((visibility("default")))
int nft_run_cmd_from_buffer(struct nft_ctx *nft, const char *buf)
{
	(void)nft;
	(void)buf;
	return 0;
}

__attribute__((visibility("default")))
int nft_ctx_buffer_output(struct nft_ctx *ctx)
{
	(void)ctx;
	return 0;
}

__attribute__((visibility("default")))
int nft_ctx_buffer_error(struct nft_ctx *ctx)
{
	(void)ctx;
	return 0;
}

__attribute__((visibility("default")))
FILE *nft_ctx_set_output(struct nft_ctx *ctx, FILE *file)
{
	(void)ctx;
	return file;
}
