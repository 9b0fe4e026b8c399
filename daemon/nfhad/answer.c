// SPDX-License-Identifier: GPL-2.0-or-later
/* What is answered to those who watch. */

#include <json-c/json.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "decision.h"
#include "json.h"
#include "metrics.h"
#include "nfhad.h"
#include "page.h"
#include "self.h"
#include "status.h"
#include "text.h"
#include "value.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The page has no script and no style but its own two files, asks nobody but this server,
 * and is in no frame.
 */
#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; "	\
	"connect-src 'self'; img-src data:; base-uri 'none'; "			\
	"form-action 'none'; frame-ancestors 'none'"

#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"

static const struct file {
	const char *path;
	const char *type;
	const char *begin;
	const char *end;
} files[] = {
	{ "/", "text/html; charset=utf-8", nfhad_page_html,
	  nfhad_page_html_end },
	{ "/page.js", "text/javascript; charset=utf-8", nfhad_page_js,
	  nfhad_page_js_end },
	{ "/page.css", "text/css; charset=utf-8", nfhad_page_css,
	  nfhad_page_css_end },
};

/* What is made when it is asked for. */
enum made {
	MADE_METRICS,
	MADE_STATUS,
	MADES,
};

/**
 * struct nfhad_answers - of a server
 * @d: the daemon
 * @made: that are fresh, or have been; or NULL
 * @made_us: when they were made, monotonic
 * @other: that was given last, if it is none of them; or NULL
 * @bytes: of all answers that are in memory
 */
struct nfhad_answers {
	struct nfhad *d;
	struct MHD_Response *made[MADES];
	uint64_t made_us[MADES];
	struct MHD_Response *other;
	size_t bytes;
};

/**
 * struct body - of an answer, as long as somebody reads it
 * @answers: of the server
 * @length: of @bytes
 * @bytes: the text
 */
struct body {
	struct nfhad_answers *answers;
	size_t length;
	char *bytes;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

struct nfhad_answers *nfhad_answers_new(struct nfhad *d)
{
	struct nfhad_answers *answers = calloc(1, sizeof(*answers));

	if (answers)
		answers->d = d;
	return answers;
}

static void put(struct MHD_Response **response)
{
	if (*response)
		MHD_destroy_response(*response);
	*response = NULL;
}

void nfhad_answers_free(struct nfhad_answers *answers)
{
	unsigned int n;

	if (!answers)
		return;
	for (n = 0; n < MADES; n++)
		put(&answers->made[n]);
	put(&answers->other);
	free(answers);
}

static struct MHD_Response *headed(struct MHD_Response *response,
				   const char *type)
{
	const char *const headers[][2] = {
		{ MHD_HTTP_HEADER_CONTENT_TYPE, type },
		{ "Content-Security-Policy", POLICY },
		{ "X-Content-Type-Options", "nosniff" },
		{ MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
	};
	size_t n;

	for (n = 0; response && n < ARRAY_SIZE(headers); n++)
		if (MHD_add_response_header(response, headers[n][0],
					    headers[n][1]) != MHD_YES) {
			MHD_destroy_response(response);
			return NULL;
		}
	return response;
}

static struct MHD_Response *fixed(const char *begin, size_t length,
				  const char *type)
{
	return headed(MHD_create_response_from_buffer(length, (void *)begin,
						      MHD_RESPMEM_PERSISTENT),
		      type);
}

static void body_free(void *data)
{
	struct body *body = data;

	body->answers->bytes -= body->length;
	free(body->bytes);
	free(body);
}

/* Takes the text. NULL if it is too long, or there is no memory. */
static struct MHD_Response *made_of(struct nfhad_answers *answers,
				    struct nfhad_text *text, const char *type)
{
	struct MHD_Response *response;
	struct body *body = NULL;

	if (!text->error &&
	    answers->bytes + text->length <= NFHAD_ANSWERS_BYTES_MAX)
		body = malloc(sizeof(*body));
	if (!body) {
		nfhad_text_free(text);
		return NULL;
	}
	*body = (struct body){ answers, text->length, text->bytes };
	answers->bytes += text->length;
	response = MHD_create_response_from_buffer_with_free_callback_cls(text->length,
									  text->bytes,
									  body_free,
									  body);
	if (!response)
		body_free(body);
	return headed(response, type);
}

static unsigned int say(struct nfhad_answers *answers, unsigned int status,
			const char *text, struct MHD_Response **response)
{
	answers->other = fixed(text, strlen(text), TEXT);
	*response = answers->other;
	return status;
}

static unsigned int answer_file(struct nfhad_answers *answers,
				const struct file *file,
				struct MHD_Response **response)
{
	answers->other = fixed(file->begin, file->end - file->begin, file->type);
	*response = answers->other;
	return MHD_HTTP_OK;
}

static unsigned int answer(struct nfhad_answers *answers,
			   struct MHD_Response *made,
			   struct MHD_Response **response)
{
	if (!made)
		return say(answers, MHD_HTTP_SERVICE_UNAVAILABLE,
			   "too much to be told\n", response);
	*response = made;
	return MHD_HTTP_OK;
}

static void add_json(struct nfhad_text *text, struct json_object *o)
{
	const char *string;
	size_t length;

	string = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN |
						   JSON_C_TO_STRING_NOSLASHESCAPE,
						   &length);
	if (string)
		nfhad_text_add(text, string, length);
	json_object_put(o);
	nfhad_text_add_string(text, "\n");
}

static void make(struct nfhad_answers *answers, enum made made,
		 struct nfhad_text *text)
{
	int ret;

	if (made == MADE_STATUS) {
		add_json(text, nfhad_status_json(answers->d));
		return;
	}
	ret = nfhad_metrics_write(answers->d, text);
	text->error = text->error ?: ret;
}

/* One that is fresh is shared. */
static unsigned int answer_made(struct nfhad_answers *answers, enum made made,
				const char *type, struct MHD_Response **response)
{
	struct nfhad_text text = { .max = NFHAD_ANSWER_BYTES_MAX };
	struct MHD_Response **kept = &answers->made[made];

	if (now_us() - answers->made_us[made] >= NFHAD_ANSWER_FRESH_US)
		put(kept);
	if (!*kept) {
		make(answers, made, &text);
		*kept = made_of(answers, &text, type);
		answers->made_us[made] = now_us();
	}
	return answer(answers, *kept, response);
}

/* Numbers begin anew with the daemon: so it says when that was. */
static struct json_object *decisions_json(const struct nfhad *d, uint64_t after)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const struct nfhad_decision *decision;
	struct nfhad_self self;
	unsigned int n;

	nfhad_self_read(&self);
	nfhad_json_number(o, "startedMs", self.start_ms);
	for (n = 0; n < NFHAD_ANSWER_DECISIONS; n++) {
		decision = nfhad_decision_next(d->decisions, after);
		if (!decision)
			break;
		after = decision->number;
		json_object_array_add(list, nfhad_decision_json(decision));
	}
	json_object_object_add(o, "decisions", list);
	return o;
}

static unsigned int answer_decisions(struct nfhad_answers *answers,
				     const char *after,
				     struct MHD_Response **response)
{
	struct nfhad_text text = { .max = NFHAD_ANSWER_BYTES_MAX };
	uint64_t number = 0;

	if (after && nfhad_value_number(after, &number))
		return say(answers, MHD_HTTP_BAD_REQUEST,
			   "after: expected a number\n", response);
	add_json(&text, decisions_json(answers->d, number));
	answers->other = made_of(answers, &text, JSON);
	return answer(answers, answers->other, response);
}

unsigned int nfhad_answer_path(struct nfhad_answers *answers, const char *path,
			       const char *after,
			       struct MHD_Response **response)
{
	size_t n;

	put(&answers->other);
	for (n = 0; n < ARRAY_SIZE(files); n++)
		if (!strcmp(path, files[n].path))
			return answer_file(answers, &files[n], response);
	if (!strcmp(path, "/metrics"))
		return answer_made(answers, MADE_METRICS,
				   "text/plain; version=0.0.4; charset=utf-8",
				   response);
	if (!strcmp(path, "/status.json"))
		return answer_made(answers, MADE_STATUS, JSON, response);
	if (!strcmp(path, "/decisions.json"))
		return answer_decisions(answers, after, response);
	return say(answers, MHD_HTTP_NOT_FOUND, "nothing here; see /\n",
		   response);
}

unsigned int nfhad_answer_method(struct nfhad_answers *answers,
				 struct MHD_Response **response)
{
	put(&answers->other);
	say(answers, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n",
	    response);
	if (*response)
		MHD_add_response_header(*response, MHD_HTTP_HEADER_ALLOW,
					"GET, HEAD");
	return MHD_HTTP_METHOD_NOT_ALLOWED;
}
