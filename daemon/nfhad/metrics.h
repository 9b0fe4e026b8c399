/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_METRICS_H
#define NFHAD_METRICS_H

struct nfhad;
struct nfhad_text;

/**
 * nfhad_metrics_write - all metrics, as Prometheus reads them
 * @d: the daemon
 * @text: they are added to it; the text format, version 0.0.4
 *
 * What they are is in Documentation/metrics.md.
 *
 * Return: 0, -EFBIG if they are too many for @text, or -ENOMEM.
 */
int nfhad_metrics_write(const struct nfhad *d, struct nfhad_text *text);

#endif /* NFHAD_METRICS_H */
