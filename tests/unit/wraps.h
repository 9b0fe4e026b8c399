/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRAPS_H
#define WRAPS_H

#include <libnfha/nfha.h>
#include <limits.h>
#include <stdbool.h>
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
const char *__wrap_nfha_error(const struct nfha *h);
int __wrap_nfha_map_get(struct nfha *h, const char *service,
			struct nfha_map **map);
int __wrap_nfha_map_set(struct nfha *h, const struct nfha_change *change,
			const struct nfha_range *range, unsigned int ranges,
			struct nfha_changed *changed);

/* In place of the C library. */
pid_t __wrap_setsid(void);
pid_t __real_setsid(void);

/* And in place of the daemon's own. */
int __wrap_nfhad_cgroup_of(pid_t pid, char path[PATH_MAX]);
int __wrap_nfhad_proc_time(int fd, uint64_t *ticks);
int __real_nfhad_proc_time(int fd, uint64_t *ticks);
int __wrap_nfhad_proc_family(pid_t first, pid_t *pids, size_t max, size_t *count);
int __real_nfhad_proc_family(pid_t first, pid_t *pids, size_t max, size_t *count);

int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_setns(int fd, int type);
int __real_setns(int fd, int type);

int __wrap_nfhad_netns_socket(int netns, int domain, int type, int protocol);

struct nfhad;
struct nfhad_text;
int __wrap_nfhad_metrics_write(const struct nfhad *d, struct nfhad_text *text);
int __real_nfhad_metrics_write(const struct nfhad *d, struct nfhad_text *text);

struct nfhad_instance;
int __wrap_nfhad_possession_claim(struct nfhad_instance *instance,
				  void (*done)(void *data, int error),
				  void *data);
void __wrap_nfhad_possession_release(struct nfhad_instance *instance);

struct nfha_instance;
struct nfhad_image;
struct nfhad_kernel;
struct nfhad_service;
struct nfhad_store;
bool __wrap_nfhad_scale_is_starting(const struct nfhad_instance *instance);
void __wrap_nfhad_scale_healthy(struct nfhad_instance *instance);
void __wrap_nfhad_instance_failed(struct nfhad_instance *instance, const char *why);
int __wrap_nfhad_ranges_get(const struct nfhad_instance *instance,
			    struct nfha_instance *answer);
int __wrap_nfhad_image_newest(struct nfhad_store *store, const char *service,
			      const char *instance, struct nfhad_image **image);
int __real_nfhad_image_newest(struct nfhad_store *store, const char *service,
			      const char *instance, struct nfhad_image **image);
struct nfha *__wrap_nfhad_kernel_commands(struct nfhad_kernel *kernel);
int __wrap_nfhad_kernel_activate(struct nfhad_instance *instance);
int __wrap_nfhad_kernel_checked(const struct nfhad_instance *instance, int ret,
				const char *command);
int __wrap_nfha_instance_get(struct nfha *h, const char *service_name, const char *name,
			     struct nfha_instance *answer);
void __wrap_nfhad_push_begin(struct nfhad_service *service, uint32_t exceptions);
bool __wrap_nfhad_ranges_settled(const struct nfhad_service *service,
				 uint32_t *exceptions);

/* The daemon's main(), where a test has one of its own. */
int nfhad_main(int argc, char **argv);

#endif /* WRAPS_H */
