/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_ANSWER_H
#define NFHAD_ANSWER_H

#include <stddef.h>

struct MHD_Response;
struct nfhad;
struct nfhad_answers;

/* Metrics and status are made once in so long, and are the same for all who ask
 * meanwhile: who asks more often costs no more.
 */
#define NFHAD_ANSWER_FRESH_US 100000

/* Of one answer. */
#define NFHAD_ANSWER_BYTES_MAX ((size_t)8 << 20)

/* Of all that are being sent: who reads slowly can keep one that is old. */
#define NFHAD_ANSWERS_BYTES_MAX (4 * NFHAD_ANSWER_BYTES_MAX)

/* Decisions in one answer: the next ones are asked for by the number of the last. */
#define NFHAD_ANSWER_DECISIONS 100

/* NULL without memory. */
struct nfhad_answers *nfhad_answers_new(struct nfhad *d);

/* Nobody is being answered any more. NULL is fine. */
void nfhad_answers_free(struct nfhad_answers *answers);

/**
 * nfhad_answer_path - what there is at a path
 * @answers: of the server
 * @path: without arguments
 * @after: of the argument with this name, or NULL
 * @response: set, valid until the next one is asked for; NULL without memory
 *
 * Return: the status.
 */
unsigned int nfhad_answer_path(struct nfhad_answers *answers, const char *path,
			       const char *after,
			       struct MHD_Response **response);

/* The same, to a method that there is not. */
unsigned int nfhad_answer_method(struct nfhad_answers *answers,
				 struct MHD_Response **response);

#endif /* NFHAD_ANSWER_H */
