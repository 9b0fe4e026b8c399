/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_DOCUMENT_H
#define NFHAD_DOCUMENT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

/**
 * struct nfhad_document - a file of YAML that is being understood
 * @file: its name, for messages
 * @yaml: what is in it
 * @key: path of keys to where the reader is, such as services[0].name
 * @errors: how many things are wrong with it so far
 * @no_memory: nothing is wrong with it, but there was no memory for it
 */
struct nfhad_document {
	const char *file;
	yaml_document_t yaml;
	char key[256];
	unsigned int errors;
	bool no_memory;
};

/**
 * nfhad_document_open - read a file
 * @doc: set; closed with nfhad_document_close(), also if this fails
 * @file: its path
 *
 * One document of limited size and depth, without anchors, aliases and tags, so
 * that each node has one place. What is wrong is logged.
 *
 * Return: 0, -EINVAL for what is in it, or what reading gave.
 */
int nfhad_document_open(struct nfhad_document *doc, const char *file);
void nfhad_document_close(struct nfhad_document *doc);

/* NULL if there is none. */
yaml_node_t *nfhad_document_node(struct nfhad_document *doc, int index);

/* YAML has words for no value, which must not become names. */
bool nfhad_document_is_nothing(const yaml_node_t *node);

/* Append to the path of keys: ".key" or "[index]". Returns what to cut it to. */
size_t nfhad_document_enter_key(struct nfhad_document *doc, const char *key);
size_t nfhad_document_enter_index(struct nfhad_document *doc, size_t index);
void nfhad_document_leave(struct nfhad_document *doc, size_t before);

/**
 * nfhad_document_wrong - log what is wrong
 * @doc: the file, at the key that it is about
 * @at: the line
 * @got: a node, quoted shortly; or NULL
 * @format: what was expected, or, without @got, with what came instead
 *
 * Only so many are logged, and all are counted.
 */
void nfhad_document_wrong(struct nfhad_document *doc, const yaml_mark_t *at,
			  const yaml_node_t *got, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for a key that nobody knows, at which the reader is; with what may be meant. */
void nfhad_document_unknown(struct nfhad_document *doc, const yaml_node_t *key,
			    const char *hint);

#endif /* NFHAD_DOCUMENT_H */
