// SPDX-License-Identifier: GPL-2.0-or-later

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "nfhactl.h"

#define AFFINITIES "five-tuple three-tuple source destination"
#define CONTROLS "owner bypass host"
#define TRACKINGS "flows imported"
#define SWITCH "off on"
#define RECOVERIES "none checkpoint buffer"
#define HOLD_POLICIES "drop release"
#define DEAD_MAN_POLICIES "release hold"
#define HEX_LEN (NFHA_KEY_LEN * 2UL)

const char *const affinity_names[4] = {
	"five-tuple", "three-tuple", "source", "destination",
};

const char *const policy_names[3] = { "avoid", "never", "always" };
const char *const control_names[3] = { "owner", "bypass", "host" };
const char *const tracking_names[2] = { "flows", "imported" };
const char *const hold_policy_names[2] = { "drop", "release" };
const char *const dead_man_policy_names[2] = { "release", "hold" };

int take_service(struct request *r, const struct arg *arg, const char *word)
{
	if (take_name(r->service.name, word))
		return bad_name(r, arg, word);
	take_name(r->instance.service, word);
	r->change.service = r->service.name;
	return 0;
}

int take_force(struct request *r, const struct arg *arg, const char *word)
{
	(void)arg;
	(void)word;
	r->force = true;
	return 0;
}

static int take_key(struct request *r, const struct arg *arg, const char *word)
{
	size_t i;

	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_KEY);
	if (!strcmp(word, "random")) {
		ssize_t n = getrandom(r->service.key, NFHA_KEY_LEN, 0);

		return n == NFHA_KEY_LEN ? 0 : EXIT_REFUSED;
	}
	if (strlen(word) != HEX_LEN ||
	    strspn(word, "0123456789abcdefABCDEF") != HEX_LEN)
		return bad_value(r, arg, word, NULL);
	for (i = 0; i < NFHA_KEY_LEN; i++) {
		const char byte[] = { word[2 * i], word[2 * i + 1], 0 };

		r->service.key[i] = strtoul(byte, NULL, 16);
	}
	return 0;
}

static int take_left(struct request *r, const struct arg *arg,
		     const char *word)
{
	if (take_ports(r->service.port, &r->service.ports, NFHA_PORTS_MAX, word,
		       NFHA_SIDE_LEFT, false))
		return bad_value(r, arg, word, NULL);
	return 0;
}

static int take_right(struct request *r, const struct arg *arg,
		      const char *word)
{
	if (take_ports(r->service.port, &r->service.ports, NFHA_PORTS_MAX, word,
		       NFHA_SIDE_RIGHT, false))
		return bad_value(r, arg, word, NULL);
	return 0;
}

static int take_detour(struct request *r, const struct arg *arg,
		       const char *word)
{
	uint32_t side = strcmp(arg->name, "detour-left") ? NFHA_SIDE_RIGHT :
							   NFHA_SIDE_LEFT;

	if (take_ports(r->service.port, &r->service.ports, NFHA_PORTS_MAX, word,
		       side, true))
		return bad_value(r, arg, word, NULL);
	return 0;
}

static int take_affinity(struct request *r, const struct arg *arg,
			 const char *word)
{
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_AFFINITY);
	r->service.affinity = choice_index(arg->choices, word);
	return 0;
}

static int take_prefix(struct request *r, const struct arg *arg,
		       const char *word)
{
	bool v4 = !strcmp(arg->name, "prefix4");
	uint64_t n;

	if (take_number(word, v4 ? 32 : 128, &n) || !n)
		return bad_value(r, arg, word, NULL);
	if (v4)
		r->service.prefix4 = n;
	else
		r->service.prefix6 = n;
	r->service.set |= NFHA_BIT(v4 ? NFHA_A_SERVICE_PREFIX4 :
					NFHA_A_SERVICE_PREFIX6);
	return 0;
}

int take_policy(struct request *r, const struct arg *arg, const char *word)
{
	r->service.policy = choice_index(arg->choices, word);
	r->change.policy = r->service.policy;
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_POLICY);
	r->change.set |= NFHA_BIT(NFHA_A_MAP_POLICY);
	return 0;
}

static int take_control(struct request *r, const struct arg *arg,
			const char *word)
{
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_CONTROL);
	r->service.control = choice_index(arg->choices, word);
	return 0;
}

static int take_tracking(struct request *r, const struct arg *arg,
			 const char *word)
{
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_TRACKING);
	r->service.tracking = choice_index(arg->choices, word);
	return 0;
}

static int take_learn(struct request *r, const struct arg *arg,
		      const char *word)
{
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_LEARN);
	r->service.learn = choice_index(arg->choices, word);
	return 0;
}

static int take_recovery(struct request *r, const struct arg *arg,
			 const char *word)
{
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_RECOVERY);
	r->service.recovery = choice_index(arg->choices, word);
	return 0;
}

static int take_hold_policy(struct request *r, const struct arg *arg,
			    const char *word)
{
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_HOLD_POLICY);
	r->service.hold_policy = choice_index(arg->choices, word);
	return 0;
}

static int take_dead_man(struct request *r, const struct arg *arg,
			 const char *word)
{
	if (take_time(word, &r->service.dead_man_ms) ||
	    r->service.dead_man_ms > NFHA_DEAD_MAN_MAX)
		return bad_value(r, arg, word, NULL);
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_DEAD_MAN_MS);
	return 0;
}

static int take_dead_man_policy(struct request *r, const struct arg *arg,
				const char *word)
{
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_DEAD_MAN_POLICY);
	r->service.dead_man_policy = choice_index(arg->choices, word);
	return 0;
}

static int take_watermark(struct request *r, const struct arg *arg,
			  const char *word)
{
	uint64_t n;

	if (take_number(word, 100, &n) || !n)
		return bad_value(r, arg, word, NULL);
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_WATERMARK);
	r->service.watermark = n;
	return 0;
}

static int take_queue_max(struct request *r, const struct arg *arg,
			  const char *word)
{
	uint64_t n;

	if (take_number(word, UINT32_MAX, &n) || n < NFHA_QUEUE_MIN)
		return bad_value(r, arg, word, NULL);
	if (!strcmp(arg->name, "log-max")) {
		r->service.log_max = n;
		r->service.set |= NFHA_BIT(NFHA_A_SERVICE_LOG_MAX);
	} else {
		r->service.hold_max = n;
		r->service.set |= NFHA_BIT(NFHA_A_SERVICE_HOLD_MAX);
	}
	return 0;
}

static int take_limit(struct request *r, const struct arg *arg,
		      const char *word)
{
	uint64_t n;

	if (take_number(word, UINT32_MAX, &n) ||
	    (!n && !strcmp(arg->name, "flows-max")))
		return bad_value(r, arg, word, NULL);
	if (!strcmp(arg->name, "threshold")) {
		r->service.threshold = n;
		r->service.set |= NFHA_BIT(NFHA_A_SERVICE_THRESHOLD);
	} else if (!strcmp(arg->name, "flows-max")) {
		r->service.flows_max = n;
		r->service.set |= NFHA_BIT(NFHA_A_SERVICE_FLOWS_MAX);
	} else {
		r->service.imported_max = n;
		r->service.set |= NFHA_BIT(NFHA_A_SERVICE_IMPORTED_MAX);
	}
	return 0;
}

/* The name before the =; its number, or 0 after a message. */
static unsigned int timeout_find(const struct request *r, const struct arg *arg,
				 const char *word)
{
	struct words names = {};
	unsigned int i;
	char name[32];
	int found;

	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		words_add(&names, nfha_timeout_name(i));
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	found = words_find(&names, name);
	if (found < 0)
		bad_word(r, arg, name, &names);
	return found + 1;
}

/* NAME=TIME */
static int take_timeout(struct request *r, const struct arg *arg,
			const char *word)
{
	const char *equals = strchr(word, '=');
	unsigned int i;
	uint32_t ms;

	if (!equals)
		return bad_value(r, arg, word, NULL);
	i = timeout_find(r, arg, word);
	if (!i)
		return EXIT_USAGE;
	if (r->service.timeout[i]) {
		fprintf(stderr, "nfhactl: %s: %s: %s is given twice\n",
			r->command, arg->name, nfha_timeout_name(i));
		return EXIT_USAGE;
	}
	if (take_time(equals + 1, &ms) || ms < 1000 || ms % 1000 ||
	    ms / 1000 > NFHA_TIMEOUT_MAX)
		return bad_value(r, arg, word,
				 "NAME=TIME with whole seconds, 1s to 168h");
	r->service.timeout[i] = ms / 1000;
	r->service.set |= NFHA_BIT(NFHA_A_SERVICE_TIMEOUTS);
	return 0;
}

#define NAME_ARG(flags) \
	{ "name", "NAME", NULL, take_service, ARG_POSITIONAL | (flags) }

static const struct arg settings_args[] = {
	NAME_ARG(ARG_REQUIRED),
	{ "key", "32 hexadecimal digits or \"random\"", NULL, take_key,
	  ARG_FOR_ADD | ARG_SECRET },
	{ "left", "DEV[,DEV]..., 16 at most", NULL, take_left, ARG_FOR_ADD },
	{ "right", "DEV[,DEV]..., 16 at most", NULL, take_right, 0 },
	{ "detour-left", "DEV[/MAC],...", NULL, take_detour, 0 },
	{ "detour-right", "DEV[/MAC],...", NULL, take_detour, 0 },
	{ "affinity", "AFFINITY", AFFINITIES, take_affinity, 0 },
	{ "prefix4", "1 to 32", NULL, take_prefix, 0 },
	{ "prefix6", "1 to 128", NULL, take_prefix, 0 },
	{ "policy", "POLICY", POLICIES, take_policy, 0 },
	{ "control", "CONTROL", CONTROLS, take_control, 0 },
	{ "tracking", "TRACKING", TRACKINGS, take_tracking, 0 },
	{ "learn", "on|off", SWITCH, take_learn, 0 },
	{ "threshold", "0 to 4294967295", NULL, take_limit, 0 },
	{ "flows-max", "1 to 4294967295", NULL, take_limit, 0 },
	{ "imported-max", "0 to 4294967295", NULL, take_limit, 0 },
	{ "timeout", "NAME=TIME", NULL, take_timeout, ARG_MANY },
	{ "match", "any|ADDRESS[/LENGTH][,PROTO[:PORT]]", NULL, take_match, 0 },
	{ "recovery", "RECOVERY", RECOVERIES, take_recovery, 0 },
	{ "log-max", "65536 to 4294967295 bytes", NULL, take_queue_max, 0 },
	{ "hold-max", "65536 to 4294967295 bytes", NULL, take_queue_max, 0 },
	{ "watermark", "1 to 100 percent", NULL, take_watermark, 0 },
	{ "hold-policy", "POLICY", HOLD_POLICIES, take_hold_policy, 0 },
	{ "dead-man", "TIME such as 500ms or 30s, up to 168h, 0 is never", NULL,
	  take_dead_man, 0 },
	{ "dead-man-policy", "POLICY", DEAD_MAN_POLICIES, take_dead_man_policy,
	  0 }, {}
};

static const struct arg delete_args[] = {
	NAME_ARG(ARG_REQUIRED),
	{ "force", "", NULL, take_force, ARG_FLAG }, {}
};

static int take_with_key(struct request *r, const struct arg *arg,
			 const char *word)
{
	(void)arg;
	(void)word;
	r->with_key = true;
	return 0;
}

static const struct arg show_args[] = {
	NAME_ARG(0),
	{ "key", "", NULL, take_with_key, ARG_FLAG }, {}
};

/* Output that is held for checkpoints that nobody makes is held for ever. */
static void hold_warn(struct nfha *h, const struct request *r)
{
	struct nfha_service now;

	if (r->service.recovery != NFHA_RECOVERY_BUFFER ||
	    nfha_service_get(h, r->service.name, &now) || now.dead_man_ms)
		return;
	fprintf(stderr,
		"nfhactl: %s %s: all output is held until nfhad makes checkpoints; with \"dead-man 5s\" it goes out after that time\n",
		r->command, r->service.name);
}

static int run_add(struct nfha *h, struct request *r)
{
	int ret = nfha_service_new(h, &r->service);

	if (ret)
		return refused(h, r, ret);
	hold_warn(h, r);
	return 0;
}

static int run_set(struct nfha *h, struct request *r)
{
	int ret = nfha_service_set(h, &r->service);

	if (ret)
		return refused(h, r, ret);
	hold_warn(h, r);
	return 0;
}

static int run_delete(struct nfha *h, struct request *r)
{
	int ret = nfha_service_del(h, r->service.name, r->force);

	return ret ? refused(h, r, ret) : 0;
}

static void key_name(const struct nfha_service *s, char *text)
{
	size_t i;

	for (i = 0; i < NFHA_KEY_LEN; i++)
		sprintf(text + 2 * i, "%02x", s->key[i]);
}

static struct json_object *service_json(const struct nfha_service *s,
					bool with_key)
{
	struct json_object *o = json_object_new_object();
	struct json_object *ports = json_object_new_array();
	struct json_object *timeouts = json_object_new_object();
	char text[2 * NFHA_KEY_LEN + 1], match[96];
	unsigned int i;

	json_put(o, "name", s->name);
	key_name(s, text);
	if (with_key)
		json_put(o, "key", text);
	json_put(o, "affinity", NAME_OF(affinity_names, s->affinity));
	json_num(o, "prefix4", s->prefix4);
	json_num(o, "prefix6", s->prefix6);
	json_put(o, "policy", NAME_OF(policy_names, s->policy));
	json_put(o, "control", NAME_OF(control_names, s->control));
	json_put(o, "tracking", NAME_OF(tracking_names, s->tracking));
	json_object_object_add(o, "learn", json_object_new_boolean(s->learn));
	json_num(o, "threshold", s->threshold);
	json_num(o, "flows_max", s->flows_max);
	json_num(o, "imported_max", s->imported_max);
	match_name(&s->match, match, sizeof(match));
	json_put(o, "match", match);
	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		json_num(timeouts, nfha_timeout_name(i), s->timeout[i]);
	json_object_object_add(o, "timeouts", timeouts);
	for (i = 0; i < s->ports; i++)
		json_object_array_add(ports, port_json(&s->port[i]));
	json_object_object_add(o, "ports", ports);
	json_num(o, "generation", s->generation);
	json_num(o, "flows", s->flows);
	json_num(o, "exceptions", s->exceptions);
	json_num(o, "imported", s->imported);
	json_num(o, "instances", s->instances);
	json_put(o, "recovery", NAME_OF(recovery_names, s->recovery));
	json_num(o, "log_max", s->log_max);
	json_num(o, "hold_max", s->hold_max);
	json_num(o, "watermark", s->watermark);
	json_put(o, "hold_policy", NAME_OF(hold_policy_names, s->hold_policy));
	json_num(o, "dead_man_ms", s->dead_man_ms);
	json_put(o, "dead_man_policy", NAME_OF(dead_man_policy_names,
					       s->dead_man_policy));
	return o;
}

static void service_print(const struct nfha_service *s, bool with_key)
{
	char key[2 * NFHA_KEY_LEN + 1], match[96];
	unsigned int i;

	key_name(s, key);
	match_name(&s->match, match, sizeof(match));
	printf("service %s\n", s->name);
	printf("  key %s  affinity %s", with_key ? key : "(hidden)",
	       NAME_OF(affinity_names, s->affinity));
	if (s->affinity >= NFHA_AFFINITY_SOURCE)
		printf(" prefix4 %u prefix6 %u", s->prefix4, s->prefix6);
	printf("  match %s\n", match);
	printf("  policy %s  threshold %u  control %s  tracking %s  learn %s\n",
	       NAME_OF(policy_names, s->policy), s->threshold,
	       NAME_OF(control_names, s->control),
	       NAME_OF(tracking_names, s->tracking), s->learn ? "on" : "off");
	printf("  generation %u  instances %u  flows %u of %u  exceptions %u  imported %u of %u\n",
	       s->generation, s->instances, s->flows, s->flows_max,
	       s->exceptions, s->imported, s->imported_max);
	printf("  timeouts");
	for (i = 1; i <= NFHA_A_TIMEOUTS_MAX; i++)
		printf(" %s=%us", nfha_timeout_name(i), s->timeout[i]);
	printf("\n  recovery %s  log-max %u  hold-max %u  watermark %u%%  hold-policy %s",
	       NAME_OF(recovery_names, s->recovery), s->log_max, s->hold_max,
	       s->watermark, NAME_OF(hold_policy_names, s->hold_policy));
	if (s->dead_man_ms)
		printf("  dead-man %u.%03us", s->dead_man_ms / 1000,
		       s->dead_man_ms % 1000);
	else
		printf("  dead-man never");
	printf("  dead-man-policy %s",
	       NAME_OF(dead_man_policy_names, s->dead_man_policy));
	printf("\n  external ports\n");
	ports_print(s->port, s->ports);
}

static int show_one(const struct nfha_service *s, void *data)
{
	struct services *show = data;

	if (show->r->json)
		json_object_array_add(show->array,
				      service_json(s, show->r->with_key));
	else
		service_print(s, show->r->with_key);
	return 0;
}

int services_show(struct nfha *h, struct request *r, nfha_service_fn fn)
{
	struct services show = { .r = r, .array = json_object_new_array() };
	struct nfha_service one;
	int ret;

	if (r->service.name[0]) {
		ret = nfha_service_get(h, r->service.name, &one);
		if (!ret)
			fn(&one, &show);
	} else {
		ret = dump_services(h, fn, &show);
	}
	if (!ret && r->json)
		json_print(r, json_object_get(show.array));
	json_object_put(show.array);
	return ret ? refused(h, r, ret) : 0;
}

static int run_show(struct nfha *h, struct request *r)
{
	return services_show(h, r, show_one);
}

const struct command service_commands[] = {
	{ "service", "add", "Create a service.", settings_args, run_add },
	{ "service", "set", "Change a service; ports replace the ones it has.",
	  settings_args, run_set },
	{ "service", "delete", "Remove a service.", delete_args, run_delete },
	{ "service", "show", "Show services; \"key\" shows their keys, too.",
	  show_args, run_show },
	{}
};
