/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_MERGE_H
#define NFHAD_MERGE_H

/**
 * nfhad_merge - make an incremental image stand by itself
 * @dir: descriptor of the image's directory
 * @parent: of the directory of the image that it builds on, which stands by itself
 *
 * Blocks: for a job. An image that builds on no other is left as it is.
 *
 * Return: 0 or a negative errno; then the image is of no use.
 */
int nfhad_merge(int dir, int parent);

#endif /* NFHAD_MERGE_H */
