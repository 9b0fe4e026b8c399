// SPDX-License-Identifier: GPL-2.0-or-later
/* What nfhad says, for people. */

#include <string.h>
#include <time.h>

#include "daemon.h"

/* What is missing is "" or 0. */
static const char *text_at(struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	return value ? json_object_get_string(value) : "";
}

static unsigned long long number_at(struct json_object *o, const char *key)
{
	return json_object_get_uint64(json_object_object_get(o, key));
}

/* Not more digits than anybody wants to know. */
static const char *age_name(uint64_t now_us, uint64_t since_us, char *text,
			    size_t size)
{
	static const struct {
		const char *name;
		uint64_t s;
	} unit[] = { { "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 } };
	uint64_t s = now_us > since_us ? (now_us - since_us) / 1000000 : 0;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(unit) && s < 2 * unit[i].s)
		i++;
	snprintf(text, size, "%llu %s", (unsigned long long)(s / unit[i].s),
		 unit[i].name);
	return text;
}

#define COLUMNS "  %-*s %-6s %-11s %7s %7s %8s %10s %10s %9s"

static int name_width(struct json_object *instances)
{
	int width = strlen("instance"), n;
	size_t i;

	for (i = 0; i < json_object_array_length(instances); i++) {
		n = strlen(text_at(json_object_array_get_idx(instances, i),
				   "name"));
		width = n > width ? n : width;
	}
	return width;
}

/* A number of a part that may be missing. */
static const char *cell(struct json_object *part, const char *key, char *text,
			size_t size)
{
	if (!part)
		return "-";
	snprintf(text, size, "%llu", number_at(part, key));
	return text;
}

/* What is not as always: exposed, unattended, fenced ... */
static void flags_print(struct json_object *flags)
{
	size_t i;

	for (i = 0; flags && i < json_object_array_length(flags); i++)
		printf(" %s", json_object_get_string(json_object_array_get_idx(flags, i)));
}

static void instance_print(struct json_object *i, int width, uint64_t now_us)
{
	struct json_object *module = json_object_object_get(i, "module");
	struct json_object *epoch = json_object_object_get(i, "epoch");
	struct json_object *hold = epoch ?
				   json_object_object_get(epoch, "hold") : NULL;
	char since[32], cells[5][24];

	printf(COLUMNS, width, text_at(i, "name"), text_at(i, "role"),
	       text_at(i, "state"),
	       age_name(now_us, number_at(i, "sinceUs"), since, sizeof(since)),
	       cell(module, "width", cells[0], sizeof(cells[0])),
	       cell(module, "flows", cells[1], sizeof(cells[1])),
	       cell(module, "exceptions", cells[2], sizeof(cells[2])),
	       cell(epoch, "committed", cells[3], sizeof(cells[3])),
	       cell(hold, "packets", cells[4], sizeof(cells[4])));
	flags_print(epoch ? json_object_object_get(epoch, "flags") : NULL);
	puts("");
}

static void ranges_print(struct json_object *ranges)
{
	struct json_object *range;
	size_t i;

	for (i = 0; i < json_object_array_length(ranges); i++) {
		range = json_object_array_get_idx(ranges, i);
		printf("  range %llu-%llu %s\n", number_at(range, "first"),
		       number_at(range, "last"),
		       json_object_object_get(range, "instance") ?
			       text_at(range, "instance") : "nobody");
	}
}

static void service_print(struct json_object *s, uint64_t now_us)
{
	struct json_object *instances = json_object_object_get(s, "instances");
	struct json_object *module = json_object_object_get(s, "module");
	int width = name_width(instances);
	size_t i;

	printf("service %s  driver %s  scheme %s  scale %s", text_at(s, "name"),
	       text_at(s, "driver"), text_at(s, "scheme"), text_at(s, "scale"));
	if (module)
		printf("  flows %llu  exceptions %llu  generation %llu",
		       number_at(module, "flows"),
		       number_at(module, "exceptions"),
		       number_at(module, "generation"));
	puts(module ? "" : "  not in the module");
	printf(COLUMNS " flags\n", width, "instance", "role", "state", "since", "width",
	       "flows", "exceptions", "committed", "held");
	for (i = 0; i < json_object_array_length(instances); i++)
		instance_print(json_object_array_get_idx(instances, i), width,
			       now_us);
	if (module)
		ranges_print(json_object_object_get(module, "ranges"));
}

void status_print(struct json_object *o)
{
	struct json_object *services = json_object_object_get(o, "services");
	size_t i;

	printf("nfhad %s on %s\n", text_at(o, "version"), text_at(o, "host"));
	for (i = 0; i < json_object_array_length(services); i++)
		service_print(json_object_array_get_idx(services, i),
			      number_at(o, "timeUs"));
}

/* A word of the interface has an underscore where one for people has a hyphen. */
static void action_print(const char *action)
{
	for (; *action; action++)
		putchar(*action == '_' ? '-' : *action);
}

void decision_print(struct json_object *d)
{
	unsigned long long us = number_at(d, "timeUs");
	time_t seconds = us / 1000000;
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%F %T", &tm);
	printf("%s.%03llu ", text, us / 1000 % 1000);
	action_print(text_at(d, "action"));
	if (*text_at(d, "service"))
		printf(" service %s", text_at(d, "service"));
	if (*text_at(d, "instance"))
		printf(" instance %s", text_at(d, "instance"));
	printf(": %s\n", text_at(d, "cause"));
}

void explain_print(struct json_object *o)
{
	struct json_object *decisions = json_object_object_get(o, "decisions");
	struct timespec now;
	char since[32];
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	printf("instance %s  service %s  role %s  %s for %s\n",
	       text_at(o, "instance"), text_at(o, "service"),
	       text_at(o, "role"), text_at(o, "state"),
	       age_name(now.tv_sec * 1000000ULL, number_at(o, "sinceUs"), since,
			sizeof(since)));
	if (*text_at(o, "waitsUntil"))
		printf("  waits until %s\n", text_at(o, "waitsUntil"));
	for (i = 0; i < json_object_array_length(decisions); i++) {
		fputs("  ", stdout);
		decision_print(json_object_array_get_idx(decisions, i));
	}
}
