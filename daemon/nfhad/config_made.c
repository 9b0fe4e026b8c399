// SPDX-License-Identifier: GPL-2.0-or-later
/* What becomes of an instance by its template. */

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_instance.h"
#include "config_made.h"
#include "config_wrong.h"
#include "value.h"
#include "words.h"

#define WORDS_MAX 8

/**
 * struct maker - at work on an instance
 * @doc: the file
 * @map: of the service
 * @n: which of its instances
 * @service: the service
 * @instance: the instance
 * @template: its template, or NULL
 * @address: of its ports, without the length of the network; "": none
 * @first: of its transport ports
 * @last: the same
 * @word: what stands for what
 */
struct maker {
	struct nfhad_document *doc;
	const yaml_node_t *map;
	size_t n;
	const struct nfhad_service_config *service;
	struct nfhad_instance_config *instance;
	const struct nfhad_template_config *template;
	char address[NFHAD_SIDES][INET6_ADDRSTRLEN];
	char first[6], last[6];
	struct nfhad_word word[WORDS_MAX];
};

static void wrong(const struct maker *m, const char *key, const char *what)
{
	nfhad_config_wrong_instance(m->doc, m->map, m->n, key, what);
}

/* What another one has, too. */
static void had_already(const struct maker *m, const char *key,
			const char *what, const char *got)
{
	char text[256];

	snprintf(text, sizeof(text), "%s, got \"%s\" again", what, got);
	wrong(m, key, text);
}

/* Its own address, or the first that all of them have. */
static void address_set(struct maker *m, enum nfhad_side side)
{
	const char *prefix = m->instance->addresses.address[side];
	char **all = m->template ? m->template->port[side].addresses : NULL;

	prefix = prefix ?: all ? all[0] : "";
	snprintf(m->address[side], sizeof(m->address[side]), "%.*s",
		 (int)strcspn(prefix, "/"), prefix);
}

static const char *given(const char *text)
{
	return *text ? text : NULL;
}

static void words_set(struct maker *m)
{
	const struct nfhad_instance_config *i = m->instance;
	const struct nfhad_word words[] = {
		{ "service", m->service->name },
		{ "instance", i->name },
		{ "netns", i->netns },
		{ "left.address", given(m->address[NFHAD_SIDE_LEFT]) },
		{ "right.address", given(m->address[NFHAD_SIDE_RIGHT]) },
		{ "ports.first", given(m->first) },
		{ "ports.last", given(m->last) },
		{ NULL, NULL },
	};

	memcpy(m->word, words, sizeof(words));
}

/* The key at which a word that stands for nothing could have got its value. */
static const char *key_of(const struct maker *m, const char *text)
{
	size_t n;

	for (n = 0; m->word[n].name; n++)
		if (!m->word[n].value && strstr(text, m->word[n].name))
			return !strncmp(m->word[n].name, "ports", 5) ?
				       "ports" : "addresses";
	return "template";
}

static char *replaced(const struct maker *m, const char *text)
{
	char what[NFHAD_WORDS_WRONG_MAX], *value;
	int ret = nfhad_words_replace(text, m->word, &value, what);

	if (ret == -ENOMEM)
		m->doc->no_memory = true;
	else if (ret)
		wrong(m, key_of(m, text), what);
	return value;
}

static void text_make(const struct maker *m, char **own, const char *text)
{
	if (text && !*own)
		*own = replaced(m, text);
}

static size_t count(char *const *strings)
{
	size_t n = 0;

	while (strings && strings[n])
		n++;
	return n;
}

static void strings_make(const struct maker *m, char ***own, char *const *strings)
{
	size_t i, n = count(strings);

	if (!n || *own)
		return;
	*own = calloc(n + 1, sizeof(**own));
	if (!*own)
		m->doc->no_memory = true;
	/* What cannot be replaced is said, and leaves nothing that would be used. */
	for (i = 0; *own && i < n; i++) {
		(*own)[i] = replaced(m, strings[i]);
		if (!(*own)[i])
			break;
	}
}

static bool is_variable(const char *pair)
{
	for (; *pair != '='; pair++)
		if (*pair == '.' || *pair == '-')
			return false;
	return true;
}

static bool has(char *const *pairs, const char *pair)
{
	for (; pairs && *pairs; pairs++)
		if (nfhad_value_same_name(pair, *pairs))
			return true;
	return false;
}

static void variable_check(const struct maker *m, const char *pair)
{
	if (!is_variable(pair))
		wrong(m, "environment",
		      "names of letters, digits and '_', got another one");
	else if (!strncmp(pair, "NFHA_", 5))
		wrong(m, "environment",
		      "names that do not begin with NFHA_, got one that does");
}

static void add(const struct maker *m, char **list, size_t *n, const char *name,
		const char *value)
{
	if (!*value)
		return;
	if (asprintf(&list[*n], "%s=%s", name, value) < 0) {
		list[*n] = NULL;
		m->doc->no_memory = true;
	} else {
		(*n)++;
	}
}

/* What every VNF is told of itself; its name and its namespace are told at the launch. */
static void add_known(const struct maker *m, char **list, size_t *n)
{
	add(m, list, n, "NFHA_SERVICE", m->service->name);
	add(m, list, n, "NFHA_LEFT_ADDRESS", m->address[NFHAD_SIDE_LEFT]);
	add(m, list, n, "NFHA_RIGHT_ADDRESS", m->address[NFHAD_SIDE_RIGHT]);
	add(m, list, n, "NFHA_PORT_FIRST", m->first);
	add(m, list, n, "NFHA_PORT_LAST", m->last);
}

/* What it says itself goes before what its template says. */
static void environment_make(const struct maker *m)
{
	char **own = m->instance->environment, **list;
	char **shared = m->template ? m->template->environment : NULL;
	size_t i, n = 0;

	list = calloc(count(own) + count(shared) + 6, sizeof(*list));
	if (!list) {
		m->doc->no_memory = true;
		return;
	}
	add_known(m, list, &n);
	for (i = 0; shared && shared[i]; i++) {
		variable_check(m, shared[i]);
		if (has(own, shared[i]))
			continue;
		list[n] = replaced(m, shared[i]);
		n += !!list[n];
	}
	for (i = 0; i < count(own); i++) {
		variable_check(m, own[i]);
		list[n++] = own[i];
	}
	free(own);
	m->instance->environment = list;
}

static void device_make(const struct maker *m, enum nfhad_side side)
{
	const char *text = m->template->port[side].device;
	struct nfhad_made_config *made = m->instance->made;

	if (!text) {
		if (m->instance->addresses.address[side])
			wrong(m, "addresses",
			      "none on a side on which its template has no port, got one");
		return;
	}
	made->device[side] = replaced(m, text);
	if (made->device[side] &&
	    !strcmp(made->device[side], m->template->port[side].name ?:
					nfhad_config_sides[side]))
		wrong(m, "template",
		      "one whose devices have another name on the host than in the namespace, got the same");
	if (made->device[side] && !nfhad_words_is_device(made->device[side]))
		wrong(m, "template",
		      "one that makes names of devices of " NFHAD_WORDS_DEVICE ", got another one");
}

static bool has_limits(const struct nfhad_template_config *t)
{
	return t->limits.memory || t->limits.cpu || t->limits.processes;
}

static void group_make(const struct maker *m, const char *below)
{
	char **group = &m->instance->made->group;

	if (!has_limits(m->template))
		return;
	if (m->service->driver == NFHAD_DRIVER_CRIU)
		wrong(m, "template",
		      "one without limits with driver criu, for what is restored is in the control group of criu, got one with them");
	else if (m->service->driver == NFHAD_DRIVER_EXEC)
		wrong(m, "template",
		      "one without limits with driver exec, for what its restore starts is not in the control group, got one with them");
	else if (asprintf(group, "%s/%s@%s", strcmp(below, "/") ? below : "",
			  m->service->name, m->instance->name) < 0) {
		*group = NULL;
		m->doc->no_memory = true;
	}
}

/* Those of a template are other paths with what stands for its words. */
static void binds_make(const struct maker *m)
{
	struct nfhad_instance_config *i = m->instance;
	size_t before;

	strings_make(m, &i->bind_mounts, m->template->bind_mounts);
	before = nfhad_document_enter_key(m->doc, "instances");
	nfhad_document_enter_index(m->doc, m->n);
	nfhad_config_bind_mounts(m->doc, nfhad_config_element(m->doc, m->map,
							      "instances", m->n),
				 i->bind_mounts);
	nfhad_document_leave(m->doc, before);
}

static void template_make(struct maker *m, const struct nfhad_config *config)
{
	const struct nfhad_template_config *t = m->template;
	struct nfhad_instance_config *i = m->instance;
	enum nfhad_side side;

	i->made = calloc(1, sizeof(*i->made));
	if (!i->made) {
		m->doc->no_memory = true;
		return;
	}
	i->made->template = t;
	snprintf(i->made->mark, sizeof(i->made->mark), "nfhad %s/%s",
		 m->service->name, i->name);
	for (side = 0; side < NFHAD_SIDES; side++)
		device_make(m, side);
	/* A command of its own goes with what belongs to it. */
	if (!i->command) {
		i->mount_namespace = t->mount_namespace;
		binds_make(m);
	}
	strings_make(m, &i->command, t->command);
	text_make(m, &i->directory, t->directory);
	text_make(m, &i->output, t->output);
	group_make(m, config->cgroup);
}

static const struct nfhad_template_config *
find(const struct nfhad_config *config, const char *name)
{
	size_t n;

	for (n = 0; n < config->templates; n++)
		if (!strcmp(config->template[n].name, name))
			return &config->template[n];
	return NULL;
}

static void netns_make(const struct maker *m)
{
	struct nfhad_instance_config *i = m->instance;
	int ret = 0;

	if (i->netns)
		return;
	if (i->template)
		ret = asprintf(&i->netns, "%s-%s", m->service->name, i->name);
	else
		ret = asprintf(&i->netns, NFHAD_ATTACHED "%s@%s",
			       m->service->name, i->name);
	if (ret < 0) {
		i->netns = NULL;
		m->doc->no_memory = true;
	}
}

static void instance_make(struct maker *m, const struct nfhad_config *config)
{
	struct nfhad_instance_config *i = m->instance;

	m->template = i->template ? find(config, i->template) : NULL;
	if (i->template && !m->template) {
		wrong(m, "template", "the name of one of the templates");
		return;
	}
	netns_make(m);
	if (i->ports[0]) {
		snprintf(m->first, sizeof(m->first), "%u", i->ports[0]);
		snprintf(m->last, sizeof(m->last), "%u", i->ports[1]);
	}
	address_set(m, NFHAD_SIDE_LEFT);
	address_set(m, NFHAD_SIDE_RIGHT);
	words_set(m);
	if (m->template)
		template_make(m, config);
	environment_make(m);
	if (m->service->driver == NFHAD_DRIVER_CRIU &&
	    i->role == NFHAD_ROLE_ACTIVE && !i->command && !i->pidfile)
		wrong(m, "template", "one with a command with driver criu, got another one");
}

static bool is_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool has_device(const struct nfhad_instance_config *a, const char *device)
{
	return a->made && (is_same(a->made->device[NFHAD_SIDE_LEFT], device) ||
			   is_same(a->made->device[NFHAD_SIDE_RIGHT], device));
}

/* What two instances must not both have, wherever they are. Returns whether that is said. */
static bool pair_check(const struct maker *m, const struct nfhad_instance_config *a)
{
	const struct nfhad_instance_config *b = m->instance;
	size_t before = m->doc->errors;
	enum nfhad_side side;

	if (is_same(a->netns, b->netns))
		had_already(m, "netns", "a namespace that no other instance has",
			    b->netns);
	for (side = 0; b->made && side < NFHAD_SIDES; side++)
		if (has_device(a, b->made->device[side]))
			had_already(m, "template",
				    "one that makes devices that no other instance has",
				    b->made->device[side]);
	return m->doc->errors != before;
}

/* And in the same service. */
static void clones_check(const struct maker *m, const struct nfhad_instance_config *a)
{
	const struct nfhad_instance_config *b = m->instance;
	enum nfhad_side side;

	if (a->ports[0] && b->ports[0] && a->ports[0] <= b->ports[1] &&
	    b->ports[0] <= a->ports[1])
		wrong(m, "ports",
		      "ports that no other instance of the service has, got some again");
	for (side = 0; side < NFHAD_SIDES; side++)
		if (is_same(a->addresses.address[side], b->addresses.address[side]))
			had_already(m, "addresses",
				    "addresses that no other instance of the service has",
				    b->addresses.address[side]);
}

static void own_check(const struct maker *m)
{
	const struct nfhad_made_config *made = m->instance->made;

	if (made && is_same(made->device[NFHAD_SIDE_LEFT],
			    made->device[NFHAD_SIDE_RIGHT]))
		wrong(m, "template",
		      "one that makes two devices, got the same name for both");
}

/* All instances up to the one that is looked at. */
static void others_check(struct maker *m, const struct nfhad_config *config)
{
	const struct nfhad_service_config *s;
	bool said = false;
	size_t i;

	own_check(m);
	for (s = config->service; s <= m->service; s++)
		for (i = 0; i < s->instances; i++) {
			if (&s->instance[i] == m->instance)
				return;
			/* The same of a third one would be the same line. */
			said = said || pair_check(m, &s->instance[i]);
			if (s == m->service)
				clones_check(m, &s->instance[i]);
		}
}

static void each(struct nfhad_document *doc, const yaml_node_t *root,
		 struct nfhad_config *config,
		 void (*fn)(struct maker *m, const struct nfhad_config *config))
{
	size_t s, i, list, before = nfhad_document_enter_key(doc, "services");

	for (s = 0; s < config->services; s++) {
		struct nfhad_service_config *service = &config->service[s];

		list = nfhad_document_enter_index(doc, s);
		for (i = 0; i < service->instances; i++) {
			struct maker m = {
				.doc = doc,
				.map = nfhad_config_element(doc, root, "services", s),
				.n = i,
				.service = service,
				.instance = &service->instance[i],
			};

			fn(&m, config);
		}
		nfhad_document_leave(doc, list);
	}
	nfhad_document_leave(doc, before);
}

static void templates_check(struct nfhad_document *doc, const yaml_node_t *root,
			    const struct nfhad_config *config)
{
	size_t n, before = nfhad_document_enter_key(doc, "templates");

	for (n = 0; n < config->templates; n++) {
		size_t list = nfhad_document_enter_index(doc, n);

		if (find(config, config->template[n].name) != &config->template[n])
			nfhad_config_wrong(doc,
					   nfhad_config_element(doc, root, "templates", n),
					   "name", "a name that no other template has");
		nfhad_document_leave(doc, list);
	}
	nfhad_document_leave(doc, before);
}

void nfhad_config_make(struct nfhad_document *doc, const yaml_node_t *root,
		       struct nfhad_config *config)
{
	templates_check(doc, root, config);
	each(doc, root, config, instance_make);
	if (!doc->errors && !doc->no_memory)
		each(doc, root, config, others_check);
}

void nfhad_config_unmake(struct nfhad_config *config)
{
	size_t s, i;

	for (s = 0; s < config->services; s++)
		for (i = 0; i < config->service[s].instances; i++) {
			struct nfhad_made_config *made =
				config->service[s].instance[i].made;

			if (!made)
				continue;
			free(made->group);
			free(made->device[NFHAD_SIDE_LEFT]);
			free(made->device[NFHAD_SIDE_RIGHT]);
			free(made);
		}
}

bool nfhad_config_same_made(const struct nfhad_service_config *a,
			    const struct nfhad_service_config *b)
{
	const struct nfhad_made_config *made;
	size_t i;

	for (i = 0; i < a->instances; i++) {
		made = a->instance[i].made;
		if (made && !nfhad_fields_same(&nfhad_template_fields, made->template,
					       b->instance[i].made->template))
			return false;
	}
	return true;
}

static bool is_equal(const char *a, const char *b)
{
	return a == b || is_same(a, b);
}

bool nfhad_config_same_names(const struct nfhad_instance_config *a,
			     const struct nfhad_instance_config *b)
{
	const struct nfhad_made_config *now = a->made, *next = b->made;
	enum nfhad_side side;

	if (!now || !next)
		return true;
	for (side = 0; side < NFHAD_SIDES; side++)
		if (!is_equal(now->device[side], next->device[side]))
			return false;
	return is_equal(a->netns, b->netns) && is_equal(now->group, next->group);
}

bool nfhad_config_is_attached(const struct nfhad_instance_config *instance)
{
	return instance->pidfile &&
	       !strncmp(instance->netns, NFHAD_ATTACHED, strlen(NFHAD_ATTACHED));
}
