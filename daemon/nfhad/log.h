/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_LOG_H
#define NFHAD_LOG_H

#include <stdbool.h>
#include <syslog.h>

/**
 * nfhad_log_open - choose where the log goes
 * @debug: LOG_DEBUG too
 *
 * To the journal with fields (NFHA_SERVICE, NFHA_INSTANCE) if standard error is
 * connected to it, else as lines on standard error: a syslog priority in angle
 * brackets only if that is asked for by the environment of a service manager.
 */
void nfhad_log_open(bool debug);

/**
 * nfhad_log - say what happened
 * @priority: LOG_ERR and so on
 * @service: name of the service that it is about, or NULL
 * @instance: name of the instance, or NULL
 * @format: one line, without a period or a newline
 */
void nfhad_log(int priority, const char *service, const char *instance,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Of an object that has a name. */
#define nfhad_log_instance(priority, i, ...)				\
	nfhad_log(priority, (i)->service->config->name,			\
		  (i)->config->name, __VA_ARGS__)
#define nfhad_log_service(priority, s, ...)				\
	nfhad_log(priority, (s)->config->name, NULL, __VA_ARGS__)

#endif /* NFHAD_LOG_H */
