/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SAMPLE_H
#define NFHAD_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "census.h"
#include "self.h"
#include "text.h"

struct nfhad;

/**
 * struct nfhad_samples - where metrics are taken from, and written to
 * @text: where to
 * @d: the daemon
 * @census: of services and instances
 * @self: of the daemon
 */
struct nfhad_samples {
	struct nfhad_text *text;
	const struct nfhad *d;
	const struct nfhad_census *census;
	struct nfhad_self self;
};

/**
 * struct nfhad_metric - a metric
 * @name: with its unit, and _total if it is a counter
 * @help: one line; it is in Documentation/metrics.md, too
 * @labels: their names, in order
 * @counter: it only grows; else it is a gauge
 * @offset: of the value, in the structure that @write looks at
 * @size: of the value, in bytes: 1, 4 or 8
 * @parts: of the value that make one; 0 is 1
 * @write: adds the samples, as many as there are
 */
struct nfhad_metric {
	const char *name;
	const char *help;
	const char *labels;
	bool counter;
	size_t offset;
	size_t size;
	uint64_t parts;
	void (*write)(const struct nfhad_samples *from,
		      const struct nfhad_metric *metric);
};

/* Of the daemon: @offset is in struct nfhad_self, or in nothing. */
void nfhad_sample_build(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);
void nfhad_sample_self(const struct nfhad_samples *from,
		       const struct nfhad_metric *metric);
void nfhad_sample_decisions(const struct nfhad_samples *from,
			    const struct nfhad_metric *metric);

/* Of each service: in nothing, or in struct nfha_service. */
void nfhad_sample_up(const struct nfhad_samples *from,
		     const struct nfhad_metric *metric);
void nfhad_sample_scale(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);
void nfhad_sample_service(const struct nfhad_samples *from,
			  const struct nfhad_metric *metric);
void nfhad_sample_drops(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);
void nfhad_sample_kinds(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);
void nfhad_sample_changes(const struct nfhad_samples *from,
			  const struct nfhad_metric *metric);

/* Of each instance of the configuration: in nothing, or in struct nfhad_tally. */
void nfhad_sample_condition(const struct nfhad_samples *from,
			    const struct nfhad_metric *metric);
void nfhad_sample_tally(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);

/* Of each that the module has: in nothing, struct nfha_instance, struct nfha_port. */
void nfhad_sample_state(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);
void nfhad_sample_instance(const struct nfhad_samples *from,
			   const struct nfhad_metric *metric);
void nfhad_sample_port(const struct nfhad_samples *from,
		       const struct nfhad_metric *metric);

/* Of each with recovery: in nothing, struct nfha_epoch, struct nfha_queue. */
void nfhad_sample_flags(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);
void nfhad_sample_epoch(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);
void nfhad_sample_queue(const struct nfhad_samples *from,
			const struct nfhad_metric *metric);

#endif /* NFHAD_SAMPLE_H */
