/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHACTL_H
#define NFHACTL_H

#include <json-c/json.h>
#include <libnfha/nfha.h>
#include <stdbool.h>
#include <stdio.h>

#include "../dump.h"
#include "../names.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define EXIT_REFUSED	1
#define EXIT_USAGE	2
#define RANGES_MAX	4096

#define QUOTED_MAX 128

/* Who carries a command out. */
enum by {
	BY_ANYBODY,
	BY_KERNEL,
	BY_DAEMON,
};

/**
 * struct request - what the words of a command come to
 * @command: its name
 * @about: its arguments, as many as there is room for, each after a blank
 *
 * One for all commands; each uses what its table of arguments fills in.
 */
struct request {
	bool json, pretty;
	const char *netns;
	const char *socket;
	const char *command;
	char about[QUOTED_MAX];

	struct nfha_service service;
	struct nfha_instance instance;
	struct nfha_change change;
	struct nfha_range range[RANGES_MAX];
	unsigned int ranges;
	struct nfha_flow flow;
	struct nfha_flow_filter filter;
	uint32_t flow_flags;
	bool has_flow, has_proto;
	unsigned int ends;	/* of a flow: 1 from, 2 to */
	bool force, with_key, count, fence;
	bool await;		/* the end of what is begun */
	unsigned int limit;
	const char *timeout_name;
	const char *until;
	uint32_t timeout_ms;
	const char *to_netns, *to_service;
	const char *file;
	uint64_t epoch;
	char backup[NFHA_NAME_MAX + 1];
	uint32_t level;
	const char *reason;
	enum by by;
};

struct arg;
typedef int (*take_fn)(struct request *r, const struct arg *arg,
		       const char *word);

#define ARG_POSITIONAL	1	/* no keyword before it */
#define ARG_REQUIRED	2
#define ARG_MANY	4	/* may come again */
#define ARG_FLAG	8	/* no value after it */
#define ARG_FOR_ADD	16	/* required by add, not by set */
#define ARG_SECRET	32	/* not for messages */

/**
 * struct arg - one argument of a command
 * @name: keyword, or what a positional argument is called
 * @value: what the value looks like, for help and messages
 * @choices: words that can be the value, separated by blanks, or NULL
 * @take: takes the value; says what is wrong with bad_value()
 * @flags: ARG_*
 */
struct arg {
	const char *name;
	const char *value;
	const char *choices;
	take_fn take;
	unsigned int flags;
};

/**
 * struct command - an object's command
 * @object: service, instance and so on
 * @verb: add, show and so on, or NULL
 * @help: one line
 * @args: ends with a name that is NULL
 * @run: does it
 */
struct command {
	const char *object;
	const char *verb;
	const char *help;
	const struct arg *args;
	int (*run)(struct nfha *h, struct request *r);
};

#define WORDS_MAX 32

/**
 * struct words - a list of words, each once
 */
struct words {
	const char *word[WORDS_MAX];
	unsigned int n;
};

/* words.c: one of several words */
void words_add(struct words *words, const char *word);
int words_find(const struct words *words, const char *word);
void words_refuse(const struct words *words, const char *where,
		  const char *word, const char *what);
const char *quoted(const char *word, char *buffer, size_t size);

/* args.c: the words of a command */
int value_take(const struct arg *arg, const char *word, struct request *r);
int args_parse(const struct command *command, char **words,
	       struct request *r);
const struct command *command_find(const struct command *const *tables,
				   char ***words, struct request *r);
bool is_required(const struct command *command, const struct arg *arg);
const char *object_find(const struct command *const *tables, const char *word);
const struct command *verb_find(const struct command *const *tables,
				const char *object, char ***words);
const struct arg *arg_find(const struct command *command, const char *word,
			   uint64_t seen);
void objects_of(const struct command *const *tables, struct words *words);
void verbs_of(const struct command *const *tables, const char *object,
	      struct words *words);
int bad_value(const struct request *r, const struct arg *arg, const char *word,
	      const char *expected);
int bad_word(const struct request *r, const struct arg *arg, const char *word,
	     const struct words *known);
int service_missing(const struct request *r);
int choice_index(const char *choices, const char *word);

/* help.c: what the tables say to people and to the shell */
void help_print(const struct command *const *tables, const char *object,
		FILE *to);
void complete(const struct command *const *tables, char **words);

/* value.c: words that stand for something */
int take_number(const char *word, uint64_t max, uint64_t *value);
int take_time(const char *word, uint32_t *ms);
int take_address(const char *word, uint8_t *address, uint8_t *family);
int take_end(const char *word, uint8_t *address, uint8_t *family,
	     uint16_t *port);
int take_ports(struct nfha_port *port, unsigned int *ports, unsigned int max,
	       const char *word, uint32_t side, bool detour);
int take_proto(const char *word, uint8_t *proto);
int take_name(char *to, const char *word);
int bad_name(const struct request *r, const struct arg *arg, const char *word);
bool is_reason(const char *word);
const char *proto_name(uint8_t proto, char *buffer, size_t size);
void end_name(const uint8_t *address, uint8_t family, uint16_t port,
	      char *buffer, size_t size);
const char *address_name(const uint8_t *address, uint8_t family, char *buffer,
			 size_t size);

/* output.c: what is printed */
void mac_name(const uint8_t *mac, char *buffer, size_t size);
int refused(struct nfha *h, const struct request *r, int error);
void json_print(const struct request *r, struct json_object *object);
void json_put(struct json_object *to, const char *key, const char *text);
void json_num(struct json_object *to, const char *key, uint64_t number);
struct json_object *port_json(const struct nfha_port *port);
void ports_print(const struct nfha_port *port, unsigned int ports);
const char *name_of(const char *const *names, size_t n, uint32_t value);

/**
 * struct services - services that are being shown
 * @r: the request
 * @array: what they are in JSON, one after the other
 */
struct services {
	const struct request *r;
	struct json_object *array;
};

/* match.c: which packets are a service's */
int take_match(struct request *r, const struct arg *arg, const char *word);
void match_name(const struct nfha_match *match, char *text, size_t size);

/* service.c: the service that the request names, or all; @fn gets a struct
 * services.
 */
int services_show(struct nfha *h, struct request *r, nfha_service_fn fn);

/* flow.c, flowline.c: a flow in an answer, and as a line of a file */
struct json_object *flow_json(const struct nfha_flow *f);
int flow_line_print(const struct request *r, const struct nfha_flow *f);
int flow_line_parse(char *line, struct nfha_flow *flow);

#define NAME_OF(list, value) name_of(list, ARRAY_SIZE(list), value)

extern const char *const dead_man_policy_names[2];

/* one for each object */
extern const struct command service_commands[];
extern const struct command instance_commands[];
extern const struct command range_commands[];
extern const struct command split_commands[];
extern const struct command flow_commands[];
extern const struct command transfer_commands[];
extern const struct command stats_commands[];
extern const struct command monitor_commands[];
extern const struct command top_commands[];
extern const struct command epoch_commands[];
extern const struct command save_commands[];
extern const struct command daemon_commands[];

/* The tables, ends with NULL. */
extern const struct command *const all_commands[];

/* service.c: what the numbers of a service stand for */
extern const char *const affinity_names[4];
extern const char *const policy_names[3];
extern const char *const control_names[3];
extern const char *const tracking_names[2];
extern const char *const hold_policy_names[2];

/* monitor.c: events, each given to @fn until that is not 0, the timeout of the request is
 * over, or events are lost; returns the exit status
 */
int events_read(struct nfha *h, const struct request *r, nfha_event_fn fn,
		void *data);

/* monitor.c: prints an event */
void event_tell(const struct request *r, const struct nfha_event *event);

/* await.c: listens before the change is made; returns the exit status */
int await_open(struct nfha **listener, struct request *r);

/* await.c: waits until what is changed has come to its end, and closes the listener; returns
 * the exit status
 */
int await_end(struct nfha *listener, const struct request *r,
	      const struct nfha_changed *changed);

/* daemon.c: such a command needs no connection to the module, and gets NULL */
bool is_of_daemon(const struct command *command);

/* Sets @is_done if that is all, and returns the exit status then */
int failover_by_daemon(const struct request *r, bool *is_done);

/* Arguments that several commands have. */
int take_service(struct request *r, const struct arg *arg, const char *word);
int take_instance(struct request *r, const struct arg *arg, const char *word);
int take_force(struct request *r, const struct arg *arg, const char *word);
int take_deadline(struct request *r, const struct arg *arg, const char *word);
int take_generation(struct request *r, const struct arg *arg,
		    const char *word);
int take_policy(struct request *r, const struct arg *arg, const char *word);
int take_timeout_ms(struct request *r, const struct arg *arg,
		    const char *word);

#define POLICIES "avoid never always"

#endif /* NFHACTL_H */
