/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WATCH_H
#define WATCH_H

/* What the linker puts in place of a function, and the function itself. */
struct MHD_Response;
struct nfhad_answers;

unsigned int __wrap_nfhad_answer_path(struct nfhad_answers *all,
				      const char *path, const char *after,
				      struct MHD_Response **response);
unsigned int __real_nfhad_answer_path(struct nfhad_answers *all,
				      const char *path, const char *after,
				      struct MHD_Response **response);

#endif /* WATCH_H */
