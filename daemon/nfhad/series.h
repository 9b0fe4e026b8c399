/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_SERIES_H
#define NFHAD_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "census.h"
#include "self.h"
#include "text.h"

struct nfhad;

/**
 * struct nfhad_series - where metrics are taken from, and written to
 * @text: where to
 * @d: the daemon
 * @census: of services and instances
 * @self: of the daemon
 */
struct nfhad_series {
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
	void (*write)(const struct nfhad_series *from,
		      const struct nfhad_metric *metric);
};

/* Of the daemon: @offset is in struct nfhad_self, or in nothing. */
void nfhad_series_build(const struct nfhad_series *from,
			const struct nfhad_metric *metric);
void nfhad_series_self(const struct nfhad_series *from,
		       const struct nfhad_metric *metric);
void nfhad_series_decisions(const struct nfhad_series *from,
			    const struct nfhad_metric *metric);

/* Of each service: in nothing, or in struct nfha_service. */
void nfhad_series_up(const struct nfhad_series *from,
		     const struct nfhad_metric *metric);
void nfhad_series_scale(const struct nfhad_series *from,
			const struct nfhad_metric *metric);
void nfhad_series_service(const struct nfhad_series *from,
			  const struct nfhad_metric *metric);
void nfhad_series_drops(const struct nfhad_series *from,
			const struct nfhad_metric *metric);
void nfhad_series_kinds(const struct nfhad_series *from,
			const struct nfhad_metric *metric);
void nfhad_series_changes(const struct nfhad_series *from,
			  const struct nfhad_metric *metric);

/* Of each instance of the configuration: in nothing, or in struct nfhad_tally. */
void nfhad_series_condition(const struct nfhad_series *from,
			    const struct nfhad_metric *metric);
void nfhad_series_tally(const struct nfhad_series *from,
			const struct nfhad_metric *metric);

/* Of each that the module has: in nothing, struct nfha_instance, struct nfha_port. */
void nfhad_series_state(const struct nfhad_series *from,
			const struct nfhad_metric *metric);
void nfhad_series_instance(const struct nfhad_series *from,
			   const struct nfhad_metric *metric);
void nfhad_series_port(const struct nfhad_series *from,
		       const struct nfhad_metric *metric);

/* Of each with recovery: in nothing, struct nfha_epoch, struct nfha_queue. */
void nfhad_series_flags(const struct nfhad_series *from,
			const struct nfhad_metric *metric);
void nfhad_series_epoch(const struct nfhad_series *from,
			const struct nfhad_metric *metric);
void nfhad_series_queue(const struct nfhad_series *from,
			const struct nfhad_metric *metric);

#endif /* NFHAD_SERIES_H */
