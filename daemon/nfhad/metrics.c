// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics for Prometheus. The table here is all there is to know about them;
 * Documentation/metrics.md has its rows.
 */

#include "instance.h"
#include "metrics.h"
#include "series.h"

#define MS 1000
#define US 1000000

#define IN(_type, _member)						\
	.offset = offsetof(struct _type, _member),			\
	.size = sizeof(((struct _type *)0)->_member)

#define OF_SERVICE(_name, _member, _help)				\
	{ .name = (_name), .help = (_help), .labels = "service",		\
	  .write = nfhad_series_service, IN(nfha_service, _member) }
#define OF_INSTANCE(_name, _member, _help, ...)				\
	{ .name = (_name), .help = (_help), .labels = "service, instance",	\
	  .write = nfhad_series_instance, IN(nfha_instance, _member),		\
	  __VA_ARGS__ }
#define OF_PORT(_name, _member, _help, ...)				\
	{ .name = (_name), .help = (_help),					\
	  .labels = "service, instance, side",				\
	  .write = nfhad_series_port, IN(nfha_port, _member), __VA_ARGS__ }
#define OF_TALLY(_name, _member, _help, ...)				\
	{ .name = (_name), .help = (_help), .labels = "service, instance",	\
	  .write = nfhad_series_tally, IN(nfhad_tally, _member), __VA_ARGS__ }
#define OF_EPOCH(_name, _member, _help, ...)				\
	{ .name = (_name), .help = (_help), .labels = "service, instance",	\
	  .write = nfhad_series_epoch, IN(nfha_epoch, _member), __VA_ARGS__ }
#define OF_QUEUE(_name, _member, _help, ...)				\
	{ .name = (_name), .help = (_help),					\
	  .labels = "service, instance, queue",				\
	  .write = nfhad_series_queue, IN(nfha_queue, _member), __VA_ARGS__ }

static const struct nfhad_metric metrics[] = {
	{ .name = "nfha_build_info", .labels = "version",
	  .help = "Always 1; the label is what it is about.",
	  .write = nfhad_series_build },
	{ .name = "process_start_time_seconds", .labels = "",
	  .help = "When nfhad started, in seconds since 1970.",
	  .write = nfhad_series_self, IN(nfhad_self, start_ms), .parts = MS },
	{ .name = "process_cpu_seconds_total", .labels = "", .counter = true,
	  .help = "Time of processors that nfhad has taken.",
	  .write = nfhad_series_self, IN(nfhad_self, cpu_us), .parts = US },
	{ .name = "process_resident_memory_bytes", .labels = "",
	  .help = "Memory that nfhad takes.",
	  .write = nfhad_series_self, IN(nfhad_self, resident) },
	{ .name = "process_open_fds", .labels = "",
	  .help = "Descriptors that nfhad has open.",
	  .write = nfhad_series_self, IN(nfhad_self, fds) },
	{ .name = "nfha_decisions_total", .labels = "action", .counter = true,
	  .help = "What nfhad has decided, by what was done.",
	  .write = nfhad_series_decisions },

	{ .name = "nfha_service_up", .labels = "service",
	  .help = "1 if the module has the service.",
	  .write = nfhad_series_up },
	{ .name = "nfha_service_scale_state", .labels = "service, state",
	  .help = "1 for what scaling is about to do, 0 for all else.",
	  .write = nfhad_series_scale },
	OF_SERVICE("nfha_service_range_map_generation", generation,
		   "Number of the range map; grows with each change of it."),
	OF_SERVICE("nfha_service_flows", flows, "Flows that live."),
	OF_SERVICE("nfha_service_flows_limit", flows_max,
		   "Flows that there is room for."),
	OF_SERVICE("nfha_service_exceptions", exceptions,
		   "Flows whose owner does not own their range."),
	OF_SERVICE("nfha_service_exceptions_threshold", threshold,
		   "T: at so many exceptions, migration avoidance ends."),
	OF_SERVICE("nfha_service_imported_flows", imported,
		   "Flows that another host has sent as exceptions."),
	{ .name = "nfha_service_dropped_packets_total", .counter = true,
	  .labels = "service, reason",
	  .help = "Packets that were lost, by reason.",
	  .write = nfhad_series_drops },
	{ .name = "nfha_service_packets_total", .counter = true,
	  .labels = "service, kind",
	  .help = "Packets by what was done with them; one may be of several kinds.",
	  .write = nfhad_series_kinds },
	{ .name = "nfha_service_flow_changes_total", .counter = true,
	  .labels = "service, change",
	  .help = "Flows that came and went, by how.",
	  .write = nfhad_series_changes },

	{ .name = "nfha_instance_state", .labels = "service, instance, state",
	  .help = "1 for the state that the module has it in, 0 for all others.",
	  .write = nfhad_series_state },
	{ .name = "nfha_instance_condition",
	  .labels = "service, instance, condition",
	  .help = "1 for what it is to nfhad, 0 for all else.",
	  .write = nfhad_series_condition },
	OF_INSTANCE("nfha_instance_fenced", fenced,
		    "1 if nothing is forwarded that it sends."),
	OF_INSTANCE("nfha_instance_range_width", width,
		    "Flow IDs that it owns, of 65536."),
	OF_INSTANCE("nfha_instance_flows", flows, "Flows that it owns."),
	OF_INSTANCE("nfha_instance_exceptions", exceptions,
		    "Flows that it owns in ranges of others."),
	OF_INSTANCE("nfha_instance_learned_flows", learned,
		    "Flows that it owns because it sent their packets."),
	OF_INSTANCE("nfha_instance_latency_seconds", latency_us,
		    "Time that packets took through it, smoothed; 0: none was measured.",
		    .parts = US),
	OF_INSTANCE("nfha_instance_latency_samples_total", latency_samples,
		    "Packets that its latency was measured with.",
		    .counter = true),
	OF_INSTANCE("nfha_instance_latency_lost_total", latency_lost,
		    "Packets that were to be measured and did not come out.",
		    .counter = true),
	OF_PORT("nfha_instance_carrier", carrier,
		"1 if the device of its port has a carrier."),
	OF_PORT("nfha_instance_received_packets_total", tx_packets,
		"Packets that it got.", .counter = true),
	OF_PORT("nfha_instance_received_bytes_total", tx_bytes,
		"Bytes that it got.", .counter = true),
	OF_PORT("nfha_instance_sent_packets_total", rx_packets,
		"Packets that it sent.", .counter = true),
	OF_PORT("nfha_instance_sent_bytes_total", rx_bytes,
		"Bytes that it sent.", .counter = true),
	OF_PORT("nfha_instance_dropped_packets_total", tx_dropped,
		"Packets that found no room behind its device.",
		.counter = true),

	OF_TALLY("nfha_instance_failures_total", failures,
		 "How often it has failed.", .counter = true),
	OF_TALLY("nfha_instance_takeovers_total", takeovers,
		 "How often it has taken over.", .counter = true),
	OF_TALLY("nfha_instance_checkpoints_total", checkpoints,
		 "Its checkpoints that were committed.", .counter = true),
	OF_TALLY("nfha_instance_checkpoint_failures_total", checkpoint_failures,
		 "Its checkpoints that failed.", .counter = true),
	OF_TALLY("nfha_instance_last_checkpoint_timestamp_seconds",
		 checkpoint_at_us,
		 "When its last one was committed, in seconds since 1970; 0: none was.",
		 .parts = US),
	OF_TALLY("nfha_instance_last_checkpoint_duration_seconds",
		 checkpoint_us, "How long its last one took, up to its commit.",
		 .parts = US),
	OF_TALLY("nfha_instance_last_checkpoint_plug_seconds", plug_us,
		 "How long its input waited for the last one, while it drained and was saved.",
		 .parts = US),

	OF_EPOCH("nfha_instance_epoch", epoch, "Number of the open epoch."),
	OF_EPOCH("nfha_instance_epoch_committed", committed,
		 "Number of the last epoch that was committed; 0: none was."),
	OF_EPOCH("nfha_instance_epochs_pending", pending,
		 "Epochs that are cut and not committed."),
	{ .name = "nfha_instance_recovery_flag",
	  .labels = "service, instance, flag",
	  .help = "1 for each state that its recovery is in; several may be.",
	  .write = nfhad_series_flags },
	OF_EPOCH("nfha_instance_waiting_packets", waiting,
		 "Packets of its log that it has not got yet."),
	OF_EPOCH("nfha_instance_unlogged_packets_total", unlogged,
		 "Packets that it got and that are in no log.", .counter = true),
	OF_EPOCH("nfha_instance_fenced_packets_total", fenced,
		 "Packets that it sent after it was fenced.", .counter = true),
	OF_EPOCH("nfha_instance_uncommitted_packets_total", uncommitted,
		 "Packets that it sent and that a failover has undone.",
		 .counter = true),
	OF_EPOCH("nfha_instance_replayed_packets_total", replayed,
		 "Packets of its log that a backup has got.", .counter = true),
	OF_QUEUE("nfha_instance_queue_packets", packets,
		 "Packets in its input log, or held of its output."),
	OF_QUEUE("nfha_instance_queue_bytes", bytes, "Bytes of them."),
	OF_QUEUE("nfha_instance_queue_limit_bytes", limit,
		 "Bytes that there is room for."),
	OF_QUEUE("nfha_instance_queue_oldest_seconds", oldest_ms,
		 "How long the first one is there.", .parts = MS),
	OF_QUEUE("nfha_instance_queue_high_packets", packets_high,
		 "The most packets that there were."),
	OF_QUEUE("nfha_instance_queue_high_bytes", bytes_high,
		 "The most bytes that there were."),
	OF_QUEUE("nfha_instance_queue_entered_packets_total", total,
		 "Packets that came into it.", .counter = true),
	OF_QUEUE("nfha_instance_queue_dropped_packets_total", dropped,
		 "Packets that it had no room for.", .counter = true),
	{ 0 },
};

static void write_one(const struct nfhad_series *series,
		      const struct nfhad_metric *metric)
{
	struct nfhad_text *text = series->text;

	nfhad_text_add_string(text, "# HELP ");
	nfhad_text_add_string(text, metric->name);
	nfhad_text_add_string(text, " ");
	nfhad_text_add_string(text, metric->help);
	nfhad_text_add_string(text, "\n# TYPE ");
	nfhad_text_add_string(text, metric->name);
	nfhad_text_add_string(text, metric->counter ? " counter\n" : " gauge\n");
	metric->write(series, metric);
}

int nfhad_metrics_write(const struct nfhad *d, struct nfhad_text *text)
{
	struct nfhad_series series = { .text = text, .d = d };
	const struct nfhad_metric *metric;
	struct nfhad_census *census;
	int ret = nfhad_census_take(d, &census);

	if (ret)
		return ret;
	series.census = census;
	nfhad_self_read(&series.self);
	for (metric = metrics; metric->name; metric++)
		write_one(&series, metric);
	nfhad_census_free(census);
	return text->error;
}
