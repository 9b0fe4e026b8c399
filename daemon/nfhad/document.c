// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of YAML, as much of it as a configuration needs. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "document.h"

#define FILE_MAX_BYTES 1048576
#define DEPTH_MAX 16
#define NODES_MAX 50000
#define ERRORS_MAX 50

static const yaml_mark_t beginning;

struct text {
	char *bytes;
	size_t length;
};

/* Bytes of the file that go into a message: no control characters, and few. */
static void quote(char *buffer, size_t size, const char *text)
{
	size_t i;

	for (i = 0; i < 40 && text[i]; i++)
		buffer[i + 1] = (unsigned char)text[i] < ' ' ? '?' : text[i];
	buffer[0] = '"';
	snprintf(buffer + i + 1, size - i - 1, "%s", text[i] ? "...\"" : "\"");
}

bool nfhad_document_is_nothing(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;

	return node->type == YAML_SCALAR_NODE &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*text || !strcmp(text, "~") || !strcmp(text, "null"));
}

static void describe(char *buffer, size_t size, const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->type == YAML_MAPPING_NODE)
		snprintf(buffer, size, "a map");
	else if (node->type == YAML_SEQUENCE_NODE)
		snprintf(buffer, size, "a list of %td",
			 node->data.sequence.items.top -
			 node->data.sequence.items.start);
	else if (nfhad_document_is_nothing(node))
		snprintf(buffer, size, "nothing");
	else
		quote(buffer, size, text);
}

static void say(struct nfhad_document *doc, const yaml_mark_t *at,
		const char *text)
{
	if (++doc->errors <= ERRORS_MAX)
		nfhad_log(LOG_ERR, NULL, NULL, "%s:%zu: %s: %s", doc->file,
			  at->line + 1, *doc->key ? doc->key : "file", text);
	else if (doc->errors == ERRORS_MAX + 1)
		nfhad_log(LOG_ERR, NULL, NULL, "%s:%zu: more is wrong",
			  doc->file, at->line + 1);
}

void nfhad_document_wrong(struct nfhad_document *doc, const yaml_mark_t *at,
			  const yaml_node_t *got, const char *format, ...)
{
	char wanted[512], is[64] = "", text[640];
	va_list args;

	va_start(args, format);
	vsnprintf(wanted, sizeof(wanted), format, args);
	va_end(args);
	if (got)
		describe(is, sizeof(is), got);
	snprintf(text, sizeof(text), "expected %s%s%s", wanted,
		 got ? ", got " : "", is);
	say(doc, at, text);
}

void nfhad_document_unknown(struct nfhad_document *doc, const yaml_node_t *key,
			    const char *hint)
{
	char text[512];

	snprintf(text, sizeof(text), "unknown key; %s", hint);
	say(doc, &key->start_mark, text);
}

yaml_node_t *nfhad_document_node(struct nfhad_document *doc, int index)
{
	return yaml_document_get_node(&doc->yaml, index);
}

static size_t enter(struct nfhad_document *doc, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static size_t enter(struct nfhad_document *doc, const char *format, ...)
{
	size_t before = strlen(doc->key);
	va_list args;

	va_start(args, format);
	vsnprintf(doc->key + before, sizeof(doc->key) - before, format, args);
	va_end(args);
	return before;
}

size_t nfhad_document_enter_key(struct nfhad_document *doc, const char *key)
{
	return enter(doc, "%s%.40s", *doc->key ? "." : "", key);
}

size_t nfhad_document_enter_index(struct nfhad_document *doc, size_t index)
{
	return enter(doc, "[%zu]", index);
}

void nfhad_document_leave(struct nfhad_document *doc, size_t before)
{
	doc->key[before] = 0;
}

/* Who may write to it says what runs as root. */
static int file_check(struct nfhad_document *doc, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		nfhad_document_wrong(doc, &beginning, NULL,
				     "a regular file, got %s",
				     S_ISDIR(st.st_mode) ? "a directory" :
							   "a special one");
	else if (st.st_size > FILE_MAX_BYTES)
		nfhad_document_wrong(doc, &beginning, NULL,
				     "at most %d bytes, got %jd", FILE_MAX_BYTES,
				     (intmax_t)st.st_size);
	else if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & 022)
		nfhad_document_wrong(doc, &beginning, NULL,
				     "a file that root alone may write to, got owner %u, mode %04o",
				     st.st_uid, st.st_mode & 07777);
	return doc->errors ? -EINVAL : 0;
}

static int read_all(int fd, struct text *text)
{
	ssize_t n;

	text->bytes = malloc(FILE_MAX_BYTES);
	if (!text->bytes)
		return -ENOMEM;
	do {
		n = read(fd, text->bytes + text->length,
			 FILE_MAX_BYTES - text->length);
		if (n < 0)
			return -errno;
		text->length += n;
	} while (n);
	return 0;
}

static int file_read(struct nfhad_document *doc, struct text *text)
{
	/* Opening a pipe would wait for who writes to it. */
	int fd = open(doc->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int ret;

	if (fd < 0) {
		ret = -errno;
		goto out;
	}
	ret = file_check(doc, fd);
	if (!ret)
		ret = read_all(fd, text);
	close(fd);
out:
	if (ret && !doc->errors)
		nfhad_log(LOG_ERR, NULL, NULL, "%s: %s", doc->file,
			  strerror(-ret));
	return ret;
}

static void parser_begin(yaml_parser_t *parser, const struct text *text)
{
	yaml_parser_set_input_string(parser, (unsigned char *)text->bytes,
				     text->length);
}

/* What is no text has an offset, and no line. */
static size_t line_of(const struct text *text, size_t offset)
{
	size_t line = 0, i;

	for (i = 0; i < offset && i < text->length; i++)
		line += text->bytes[i] == '\n';
	return line;
}

static int parser_wrong(struct nfhad_document *doc, const struct text *text,
			const yaml_parser_t *parser)
{
	yaml_mark_t at = parser->problem_mark;
	size_t before;

	if (parser->error == YAML_MEMORY_ERROR) {
		doc->no_memory = true;
		return -ENOMEM;
	}
	if (parser->error == YAML_READER_ERROR)
		at.line = line_of(text, parser->problem_offset);
	before = nfhad_document_enter_key(doc, "YAML");
	nfhad_document_wrong(doc, &at, NULL, "its syntax, got: %s%s%s",
			     parser->problem, parser->context ? " " : "",
			     parser->context ? parser->context : "");
	nfhad_document_leave(doc, before);
	return -EINVAL;
}

struct scan {
	struct nfhad_document *doc;
	const struct text *text;
	unsigned int depth;
	unsigned int nodes;
	unsigned int documents;
};

static bool has_anchor_or_tag(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return true;
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor ||
		       event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor ||
		       event->data.mapping_start.tag;
	default:
		return false;
	}
}

static void scan_count(struct scan *scan, yaml_event_type_t type)
{
	switch (type) {
	case YAML_DOCUMENT_START_EVENT:
		scan->documents++;
		break;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		scan->depth++;
		scan->nodes++;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		scan->depth--;
		break;
	default:
		scan->nodes++;
		break;
	}
}

/* NULL: nothing is wrong. */
static const char *scan_event(struct scan *scan, const yaml_event_t *event)
{
	if (has_anchor_or_tag(event))
		return "neither anchors nor aliases nor tags, got one";
	scan_count(scan, event->type);
	if (scan->documents > 1)
		return "one document, got another";
	if (scan->depth > DEPTH_MAX)
		return "at most 16 levels, got more";
	if (scan->nodes > NODES_MAX)
		return "at most 50000 values, got more";
	return NULL;
}

/*
 * Before the document is built: what an alias stands for is there many times in
 * it, and can contain itself.
 */
static int scan_all(struct scan *scan, yaml_parser_t *parser)
{
	const char *wrong = NULL;
	yaml_event_t event;
	bool end = false;
	size_t before;

	while (!end && !wrong) {
		if (!yaml_parser_parse(parser, &event))
			return parser_wrong(scan->doc, scan->text, parser);
		end = event.type == YAML_STREAM_END_EVENT;
		wrong = scan_event(scan, &event);
		if (wrong) {
			before = nfhad_document_enter_key(scan->doc, "YAML");
			nfhad_document_wrong(scan->doc, &event.start_mark, NULL,
					     "%s", wrong);
			nfhad_document_leave(scan->doc, before);
		}
		yaml_event_delete(&event);
	}
	return wrong ? -EINVAL : 0;
}

static int parse(struct nfhad_document *doc, const struct text *text, bool scan)
{
	struct scan state = { .doc = doc, .text = text };
	yaml_parser_t parser;
	int ret = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	parser_begin(&parser, text);
	if (scan)
		ret = scan_all(&state, &parser);
	else if (!yaml_parser_load(&parser, &doc->yaml))
		ret = parser_wrong(doc, text, &parser);
	yaml_parser_delete(&parser);
	return ret;
}

int nfhad_document_open(struct nfhad_document *doc, const char *file)
{
	struct text text = { 0 };
	int ret;

	memset(doc, 0, sizeof(*doc));
	doc->file = file;
	ret = file_read(doc, &text);
	if (!ret)
		ret = parse(doc, &text, true);
	if (!ret)
		ret = parse(doc, &text, false);
	free(text.bytes);
	return ret;
}

void nfhad_document_close(struct nfhad_document *doc)
{
	yaml_document_delete(&doc->yaml);
}
