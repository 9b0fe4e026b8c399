/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_MODULE_H
#define NFHAD_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

/*
 * The module may be unloaded, and loaded again. What it knew is lost with it, and
 * the new one is another to netlink: commands reach nobody, events do not come.
 */

/**
 * nfhad_module_watch - end the loop, with an error, when the module is unloaded
 * @event: the loop
 * @source: set
 *
 * Whoever has started the daemon starts it again.
 *
 * Return: 0 or a negative errno.
 */
int nfhad_module_watch(struct sd_event *event, struct sd_event_source **source);

/* Does what generic netlink says of its families mean that the module is gone? */
bool nfhad_module_is_gone(const void *data, size_t len);

#endif /* NFHAD_MODULE_H */
