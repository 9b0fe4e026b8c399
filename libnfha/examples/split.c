// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Splits a service where its flows are halved, and waits until the exceptions
 * have fallen to the threshold.
 *
 * usage: split NETNS SERVICE FROM TO
 */

#include <libnfha/nfha.h>
#include <stdio.h>
#include <string.h>

static int at_threshold(const struct nfha_event *event, void *data)
{
	if (event->cmd != NFHA_CMD_THRESHOLD_NTF ||
	    strcmp(event->service, data) != 0)
		return 0;
	printf("exceptions %u\n", event->exceptions);
	return 1;
}

static int split(struct nfha *h, struct nfha *events, char **argv)
{
	struct nfha_change change = {
		.set = NFHA_BIT(NFHA_A_MAP_MEASURE),
		.service = argv[2],
		.from = argv[3],
		.to = argv[4],
		.measure = NFHA_MEASURE_FLOWS,
	};
	struct nfha_changed changed;
	int ret;

	/* The event may come at once: listen first. */
	ret = nfha_event_subscribe(events);
	if (!ret)
		ret = nfha_split(h, &change, &changed);
	if (ret)
		return ret;
	printf("at %u exceptions %u\n", changed.at, changed.exceptions);
	while (!ret)
		ret = nfha_event_read(events, 60000, at_threshold, argv[2]);
	return ret == 1 ? 0 : ret;
}

int main(int argc, char **argv)
{
	struct nfha *h = NULL, *events = NULL;
	int ret;

	if (argc != 5) {
		fprintf(stderr, "usage: split NETNS SERVICE FROM TO\n");
		return 2;
	}
	ret = nfha_open(&h, argv[1]);
	if (!ret)
		ret = nfha_open(&events, argv[1]);
	if (!ret)
		ret = split(h, events, argv);
	if (ret)
		fprintf(stderr, "split: %s: %s\n", h ? nfha_error(h) : "",
			strerror(-ret));
	nfha_close(events);
	nfha_close(h);
	return ret != 0;
}
