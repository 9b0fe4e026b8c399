/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAPS_H
#define WRAPS_H

#include <libnfha/nfha.h>
#include <limits.h>
#include <sys/types.h>

/* What the linker puts in place of the library, in the tests that want it. */
int __wrap_nfha_event_subscribe(struct nfha *h);
int __wrap_nfha_event_read(struct nfha *h, int timeout_ms, nfha_event_fn fn,
			   void *data);
int __wrap_nfha_service_get(struct nfha *h, const char *name,
			    struct nfha_service *service);
int __wrap_nfha_instance_dump(struct nfha *h, const char *service,
			      nfha_instance_fn fn, void *data);
int __wrap_nfha_epoch_dump(struct nfha *h, const char *service,
			   nfha_epoch_fn fn, void *data);

/* And in place of the daemon's own. */
int __wrap_nfhad_cgroup_of(pid_t pid, char path[PATH_MAX]);
int __wrap_nfhad_proc_time(int fd, uint64_t *ticks);
int __real_nfhad_proc_time(int fd, uint64_t *ticks);
int __wrap_nfhad_proc_family(pid_t first, pid_t *pids, size_t max, size_t *count);
int __real_nfhad_proc_family(pid_t first, pid_t *pids, size_t max, size_t *count);

int __wrap_setns(int fd, int type);
int __real_setns(int fd, int type);

struct nfhad;
struct nfhad_text;
int __wrap_nfhad_metrics_write(const struct nfhad *d, struct nfhad_text *text);
int __real_nfhad_metrics_write(const struct nfhad *d, struct nfhad_text *text);

/* The daemon's main(), where a test has one of its own. */
int nfhad_main(int argc, char **argv);

#endif /* WRAPS_H */
