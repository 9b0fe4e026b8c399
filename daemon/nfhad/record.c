// SPDX-License-Identifier: GPL-2.0-or-later
/* What has to be known after a restart of the daemon, and the kernel does not. */

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instance.h"
#include "process.h"
#include "record.h"
#include "recovery.h"
#include "tree.h"

#define SIZE_MAX_OF_RECORD 1048576
#define LOCK ".lock"

static int directory_open(void)
{
	int fd;

	if (mkdir(NFHAD_RUN_DIRECTORY, 0700) && errno != EEXIST)
		return -errno;
	fd = open(NFHAD_RUN_DIRECTORY,
		  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fd;
}

int nfhad_record_lock(void)
{
	int fd, dir = directory_open();

	fd = dir < 0 ? dir : nfhad_tree_lock(dir, LOCK);
	if (dir >= 0)
		close(dir);
	if (fd < 0)
		nfhad_log(LOG_ERR, NULL, NULL, "%s: %s", NFHAD_RUN_DIRECTORY,
			  fd == -EBUSY ? "another daemon uses it" :
					 strerror(-fd));
	return fd;
}

/* A name can have any character; a file's name cannot. */
static void file_name(const struct nfhad_service *service, char *name,
		      size_t size)
{
	const char *p;
	size_t n = 0;

	for (p = service->config->name; *p && n + 3 < size; p++)
		n += snprintf(name + n, size - n, "%02x", (unsigned char)*p);
	snprintf(name + n, size - n, ".json");
}

static void base_put(struct json_object *o, const struct nfhad_instance *i)
{
	struct nfhad_instance *base = i->base;
	uint64_t number = i->base_number;

	if (i->recovery && !nfhad_recovery_source(i, &base, &number))
		return;
	if (!base)
		return;
	json_object_object_add(o, "base",
			       json_object_new_string(base->config->name));
	json_object_object_add(o, "base-number",
			       json_object_new_uint64(number));
}

static struct json_object *instance_json(const struct nfhad_instance *i)
{
	struct json_object *o = json_object_new_object();
	bool active = i->state == NFHAD_INSTANCE_ACTIVE ||
		      i->state == NFHAD_INSTANCE_UNPROTECTED;

	json_object_object_add(o, "name",
			       json_object_new_string(i->config->name));
	json_object_object_add(o, "active", json_object_new_boolean(active));
	if (i->process) {
		json_object_object_add(o, "pid",
				       json_object_new_int(nfhad_process_pid(i->process)));
		json_object_object_add(o, "start",
				       json_object_new_uint64(nfhad_process_start(i->process)));
	}
	if (i->recovery)
		json_object_object_add(o, "holder",
				       json_object_new_boolean(true));
	base_put(o, i);
	json_object_object_add(o, "since-number",
			       json_object_new_uint64(i->since_number));
	json_object_object_add(o, "since-epoch",
			       json_object_new_uint64(i->since_epoch));
	return o;
}

static int text_write(int dir, const char *name, const char *text)
{
	size_t size = strlen(text);
	int fd, ret = 0;

	fd = openat(dir, ".new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, text, size) != (ssize_t)size)
		ret = -EIO;
	close(fd);
	if (!ret && renameat(dir, ".new", dir, name))
		ret = -errno;
	return ret;
}

/* One that could not be started is not known: the next daemon tries again. */
static struct json_object *service_json(const struct nfhad_service *service)
{
	struct json_object *all = json_object_new_array();
	size_t n;

	for (n = 0; n < service->instances; n++)
		if (service->instance[n].state != NFHAD_INSTANCE_UNKNOWN)
			json_object_array_add(all,
					      instance_json(&service->instance[n]));
	return all;
}

void nfhad_record_save(const struct nfhad_service *service)
{
	char name[2 * NFHA_NAME_MAX + 8];
	struct json_object *all;
	int dir, ret;

	/* While it is being taken up, the record is what it is taken up from. */
	if (!service->started)
		return;
	all = service_json(service);
	file_name(service, name, sizeof(name));
	dir = directory_open();
	ret = dir < 0 ? dir :
	      text_write(dir, name, json_object_to_json_string(all));
	if (ret < 0)
		nfhad_log_service(LOG_ERR, service,
				  "cannot be remembered in %s: %s",
				  NFHAD_RUN_DIRECTORY, strerror(-ret));
	if (dir >= 0)
		close(dir);
	json_object_put(all);
}

/* Index of the instance that a member names, or -1. */
static int instance_index(const struct nfhad_service *service,
			  struct json_object *o, const char *key)
{
	struct json_object *name;
	size_t n;

	if (!json_object_object_get_ex(o, key, &name) ||
	    !json_object_is_type(name, json_type_string))
		return -1;
	for (n = 0; n < service->instances; n++)
		if (!strcmp(service->instance[n].config->name,
			    json_object_get_string(name)))
			return n;
	return -1;
}

static void take(const struct nfhad_service *service,
		 struct nfhad_record *record, struct json_object *o)
{
	struct json_object *value;
	int n = instance_index(service, o, "name");

	if (n < 0)
		return;
	record[n].known = true;
	record[n].base = instance_index(service, o, "base");
	if (json_object_object_get_ex(o, "base-number", &value))
		record[n].base_number = json_object_get_uint64(value);
	if (json_object_object_get_ex(o, "since-number", &value))
		record[n].since_number = json_object_get_uint64(value);
	if (json_object_object_get_ex(o, "since-epoch", &value))
		record[n].since_epoch = json_object_get_uint64(value);
	if (json_object_object_get_ex(o, "active", &value))
		record[n].active = json_object_get_boolean(value);
	if (json_object_object_get_ex(o, "holder", &value))
		record[n].holder = json_object_get_boolean(value);
	if (json_object_object_get_ex(o, "pid", &value))
		record[n].pid = json_object_get_int(value);
	if (json_object_object_get_ex(o, "start", &value))
		record[n].start = json_object_get_uint64(value);
}

static struct json_object *file_read(int dir, const char *name, int *error)
{
	struct json_object *all;
	struct stat st;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		*error = errno == ENOENT ? 0 : -errno;
		return NULL;
	}
	*error = -EBADMSG;
	all = fstat(fd, &st) || st.st_size > SIZE_MAX_OF_RECORD ?
		      NULL : json_object_from_fd(fd);
	close(fd);
	if (all && !json_object_is_type(all, json_type_array)) {
		json_object_put(all);
		all = NULL;
	}
	return all;
}

int nfhad_record_load(const struct nfhad_service *service,
		      struct nfhad_record *record)
{
	char name[2 * NFHA_NAME_MAX + 8];
	struct json_object *all;
	int dir, error = 0;
	size_t n;

	memset(record, 0, service->instances * sizeof(*record));
	for (n = 0; n < service->instances; n++)
		record[n].base = -1;
	dir = directory_open();
	if (dir < 0)
		return dir;
	file_name(service, name, sizeof(name));
	all = file_read(dir, name, &error);
	close(dir);
	if (!all) {
		if (error)
			nfhad_log_service(LOG_ERR, service,
					  "what is remembered in %s/%s cannot be read: %s; without that file all begins afresh, and what runs in the namespaces is killed",
					  NFHAD_RUN_DIRECTORY, name,
					  strerror(-error));
		return error;
	}
	for (n = 0; n < json_object_array_length(all); n++)
		take(service, record, json_object_array_get_idx(all, n));
	json_object_put(all);
	return 0;
}
