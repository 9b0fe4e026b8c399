/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_STATUS_H
#define NFHAD_STATUS_H

struct json_object;
struct nfhad;

/* All that there is, now; to be put. NULL without memory. */
struct json_object *nfhad_status_json(struct nfhad *d);

#endif /* NFHAD_STATUS_H */
