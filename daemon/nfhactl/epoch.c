// SPDX-License-Identifier: GPL-2.0-or-later

#include <string.h>

#include "nfhactl.h"

#define LL(n) ((unsigned long long)(n))

static int take_epoch(struct request *r, const struct arg *arg,
		      const char *word)
{
	if (take_number(word, UINT64_MAX, &r->epoch) || !r->epoch)
		return bad_value(r, arg, word, NULL);
	return 0;
}

static int take_backup(struct request *r, const struct arg *arg,
		       const char *word)
{
	if (take_name(r->backup, word))
		return bad_name(r, arg, word);
	return 0;
}

static int take_fence(struct request *r, const struct arg *arg,
		      const char *word)
{
	(void)arg;
	(void)word;
	r->fence = true;
	return 0;
}

static int take_by(struct request *r, const struct arg *arg, const char *word)
{
	r->by = BY_KERNEL + choice_index(arg->choices, word);
	return 0;
}

#define SERVICE \
	{ "service", "SERVICE", NULL, take_service, \
	  ARG_POSITIONAL | ARG_REQUIRED }
#define INSTANCE { "instance", "INSTANCE", NULL, take_instance, ARG_REQUIRED }
#define EPOCH(flags) \
	{ "epoch", "1 to 18446744073709551615", NULL, take_epoch, flags }

static const struct arg begin_args[] = { SERVICE, INSTANCE, {} };
static const struct arg commit_args[] = {
	SERVICE, INSTANCE, EPOCH(ARG_REQUIRED), {}
};

static const struct arg abort_args[] = { SERVICE, INSTANCE, EPOCH(0), {} };
static const struct arg alive_args[] = {
	SERVICE, { "instance", "INSTANCE", NULL, take_instance, 0 }, {}
};

static const struct arg show_args[] = {
	{ "service", "SERVICE", NULL, take_service, ARG_POSITIONAL },
	{ "instance", "INSTANCE", NULL, take_instance, 0 }, {}
};

static const struct arg failover_args[] = {
	SERVICE, INSTANCE, { "to", "INSTANCE", NULL, take_backup, 0 },
	{ "fence", "", NULL, take_fence, ARG_FLAG },
	{ "by", "kernel or daemon", "kernel daemon", take_by, 0 }, {}
};

static int number_print(struct nfha *h, const struct request *r, int ret)
{
	struct json_object *o;

	if (ret)
		return refused(h, r, ret);
	if (!r->json) {
		printf("epoch %llu\n", LL(r->epoch));
		return 0;
	}
	o = json_object_new_object();
	json_num(o, "epoch", r->epoch);
	json_print(r, o);
	return 0;
}

static int run_begin(struct nfha *h, struct request *r)
{
	return number_print(h, r, nfha_epoch_begin(h, r->service.name,
						   r->instance.name,
						   &r->epoch));
}

static int run_cut(struct nfha *h, struct request *r)
{
	return number_print(h, r, nfha_epoch_cut(h, r->service.name,
						 r->instance.name, &r->epoch));
}

static int run_commit(struct nfha *h, struct request *r)
{
	return number_print(h, r, nfha_epoch_commit(h, r->service.name,
						    r->instance.name,
						    r->epoch));
}

static int run_abort(struct nfha *h, struct request *r)
{
	return number_print(h, r, nfha_epoch_abort(h, r->service.name,
						   r->instance.name,
						   &r->epoch));
}

static int run_alive(struct nfha *h, struct request *r)
{
	int ret = nfha_epoch_alive(h, r->service.name, r->instance.name[0] ?
				   r->instance.name : NULL);

	return ret ? refused(h, r, ret) : 0;
}

static struct json_object *queue_json(const struct nfha_queue *q)
{
	struct json_object *o = json_object_new_object();

	json_num(o, "packets", q->packets);
	json_num(o, "bytes", q->bytes);
	json_num(o, "limit", q->limit);
	json_num(o, "oldest_ms", q->oldest_ms);
	json_num(o, "packets_high", q->packets_high);
	json_num(o, "bytes_high", q->bytes_high);
	json_num(o, "total", q->total);
	json_num(o, "dropped", q->dropped);
	return o;
}

static struct json_object *epoch_json(const struct nfha_epoch *e)
{
	struct json_object *o = json_object_new_object();
	struct json_object *flags = json_object_new_array();
	unsigned int i;

	json_put(o, "service", e->service);
	json_put(o, "instance", e->instance);
	json_put(o, "recovery", NAME_OF(recovery_names, e->recovery));
	json_num(o, "epoch", e->epoch);
	json_num(o, "committed", e->committed);
	json_num(o, "pending", e->pending);
	for (i = 0; i < ARRAY_SIZE(recovery_flag_names); i++)
		if (e->flags & 1U << i)
			json_object_array_add(flags,
					      json_object_new_string(recovery_flag_names[i]));
	json_object_object_add(o, "flags", flags);
	if (e->successor[0])
		json_put(o, "successor", e->successor);
	if (e->backup[0])
		json_put(o, "backup", e->backup);
	json_object_object_add(o, "log", queue_json(&e->log));
	json_object_object_add(o, "hold", queue_json(&e->hold));
	json_num(o, "waiting", e->waiting);
	json_num(o, "unlogged", e->unlogged);
	json_num(o, "fenced", e->fenced);
	json_num(o, "uncommitted", e->uncommitted);
	json_num(o, "replayed", e->replayed);
	return o;
}

static void queue_print(const char *name, const struct nfha_queue *q)
{
	printf("  %-4s %llu packets  %llu of %llu bytes  oldest %u ms", name,
	       LL(q->packets), LL(q->bytes), LL(q->limit), q->oldest_ms);
	printf("  most %llu packets %llu bytes  dropped %llu\n",
	       LL(q->packets_high), LL(q->bytes_high), LL(q->dropped));
}

static void epoch_print(const struct nfha_epoch *e)
{
	unsigned int i;

	printf("instance %s  service %s  recovery %s  epoch %llu  committed %llu  pending %u",
	       e->instance, e->service, NAME_OF(recovery_names, e->recovery),
	       LL(e->epoch), LL(e->committed), e->pending);
	for (i = 0; i < ARRAY_SIZE(recovery_flag_names); i++)
		if (e->flags & 1U << i)
			printf("  %s", recovery_flag_names[i]);
	putchar('\n');
	if (e->successor[0])
		printf("  successor %s\n", e->successor);
	if (e->backup[0])
		printf("  replaced by %s\n", e->backup);
	queue_print("log", &e->log);
	queue_print("hold", &e->hold);
	printf("  waiting %llu  unlogged %llu  fenced %llu  uncommitted %llu  replayed %llu\n",
	       LL(e->waiting), LL(e->unlogged), LL(e->fenced),
	       LL(e->uncommitted), LL(e->replayed));
}

struct show {
	const struct request *r;
	struct json_object *array;
};

static int show_one(const struct nfha_epoch *e, void *data)
{
	struct show *show = data;

	if (show->r->json)
		json_object_array_add(show->array, epoch_json(e));
	else
		epoch_print(e);
	return 0;
}

static int run_show(struct nfha *h, struct request *r)
{
	struct show show = { .r = r };
	const char *service = r->service.name[0] ? r->service.name : NULL;
	struct nfha_epoch one;
	int ret = service_missing(r);

	if (ret)
		return ret;
	show.array = json_object_new_array();
	if (service && r->instance.name[0]) {
		ret = nfha_epoch_get(h, service, r->instance.name, &one);
		if (!ret)
			show_one(&one, &show);
	} else {
		ret = dump_epochs(h, service, show_one, &show);
	}
	if (!ret && r->json)
		json_print(r, json_object_get(show.array));
	json_object_put(show.array);
	return ret ? refused(h, r, ret) : 0;
}

static void takeover_print(const struct nfha_takeover *t)
{
	if (t->backup[0])
		printf("backup %s  epoch %llu  replayed %llu packets%s\n",
		       t->backup, LL(t->committed), LL(t->replayed),
		       t->complete ? "" : ", which are not all");
	else
		printf("fenced  epoch %llu%s\n", LL(t->committed),
		       t->complete ? "" : "  the log misses input");
}

static void takeover_json(const struct request *r,
			  const struct nfha_takeover *t)
{
	struct json_object *o = json_object_new_object();

	if (t->backup[0])
		json_put(o, "backup", t->backup);
	json_num(o, "committed", t->committed);
	json_num(o, "replayed", t->replayed);
	json_object_object_add(o, "complete",
			       json_object_new_boolean(t->complete));
	json_print(r, o);
}

/* Whom the daemon protects it knows more of: to the kernel's words goes who is told
 * which backup, and another network namespace has another module.
 */
static bool is_for_daemon(const struct request *r)
{
	return r->by == BY_DAEMON ||
	       (r->by == BY_ANYBODY && !r->fence && !r->backup[0] && !r->netns);
}

static int failover_check(const struct request *r)
{
	if (r->fence && r->backup[0]) {
		fprintf(stderr, "nfhactl: %s: fence and to are given, expected one of them\n",
			r->command);
		return EXIT_USAGE;
	}
	if (r->by == BY_DAEMON && (r->fence || r->backup[0])) {
		fprintf(stderr, "nfhactl: %s: by daemon and %s are given, expected one of them\n",
			r->command, r->fence ? "fence" : "to");
		return EXIT_USAGE;
	}
	return 0;
}

static int run_failover(struct nfha *h, struct request *r)
{
	const char *backup = r->backup[0] ? r->backup : NULL;
	struct nfha_takeover takeover = {};
	bool is_done = false;
	int ret = failover_check(r);

	if (!ret && is_for_daemon(r))
		ret = failover_by_daemon(r, &is_done);
	if (ret || is_done)
		return ret;
	ret = r->fence ? nfha_fence(h, r->service.name, r->instance.name,
				    &takeover) :
			 nfha_failover(h, r->service.name, r->instance.name,
				       backup, &takeover);
	if (ret)
		return refused(h, r, ret);
	if (r->json)
		takeover_json(r, &takeover);
	else
		takeover_print(&takeover);
	return 0;
}

const struct command epoch_commands[] = {
	{ "epoch", "begin", "Plug the input of an instance.", begin_args,
	  run_begin },
	{ "epoch", "cut", "Close the epoch, and unplug if it has begun.",
	  begin_args, run_cut },
	{ "epoch", "commit", "Release output up to an epoch, and trim the log.",
	  commit_args, run_commit },
	{ "epoch", "abort",
	  "Give up the epoch that has begun, or one that is cut.", abort_args,
	  run_abort },
	{ "epoch", "alive",
	  "Say that somebody looks after epochs, for the dead man.", alive_args,
	  run_alive },
	{ "epoch", "show", "Show the recovery of instances.", show_args,
	  run_show },
	{ "failover", NULL,
	  "Fence an instance, and replay its input to a backup or its successor; or fence it alone.",
	  failover_args, run_failover },
	{}
};
