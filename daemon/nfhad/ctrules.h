/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_CTRULES_H
#define NFHAD_CTRULES_H

struct nfhad_instance;

/*
 * The ruleset of the namespace that the calling process is in. All of it blocks, and
 * is for jobs.
 */

/**
 * nfhad_ctrules_check - could the ruleset be loaded elsewhere?
 * @instance: whose; its service may have a ruleset of the operator's
 *
 * Rules that could not be read again are refused: those of iptables, and those of
 * nftables that use a match or target of iptables. So is an operator's file that the
 * namespace does not take.
 *
 * Return: 0, -EOPNOTSUPP or -EINVAL with a line in the log, or a negative errno.
 */
int nfhad_ctrules_check(const struct nfhad_instance *instance);

/**
 * nfhad_ctrules_save - write the ruleset to a file
 * @instance: whose, as above
 * @fd: the file, empty
 *
 * Return: as nfhad_ctrules_check(), which is part of it.
 */
int nfhad_ctrules_save(const struct nfhad_instance *instance, int fd);

/**
 * nfhad_ctrules_load - replace the ruleset
 * @instance: whose; for the log
 * @text: the new one; empty: none
 *
 * All of it or nothing.
 *
 * Return: 0 or -EINVAL with a line in the log.
 */
int nfhad_ctrules_load(const struct nfhad_instance *instance, const char *text);

/* The same if there is no rule at all; else 0. */
int nfhad_ctrules_begin(const struct nfhad_instance *instance, const char *text);

#endif /* NFHAD_CTRULES_H */
