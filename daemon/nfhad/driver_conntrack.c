// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checkpoints of a VNF that is the kernel's: a firewall or NAT of nftables in a
 * network namespace. Its state is the ruleset and the connections. Traffic does not
 * stop for a checkpoint: the cut is made, then all that has been told of connections
 * until then is read, and a child process writes it. What is written may be newer than
 * the cut by the packets that come meanwhile. That does no harm: a replay of these
 * packets finds their connections as they are.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctimage.h"
#include "ctnet.h"
#include "ctrestore.h"
#include "ctrules.h"
#include "ctwatch.h"
#include "driver.h"
#include "job.h"
#include "nfhad.h"

/**
 * struct conntrack - an instance
 * @instance: which
 * @watch: follows its connections while it is active, or NULL
 * @image: how they are written
 * @rules: its ruleset, as listed last; fd is -1 if it was not
 * @rules_file: the same in an image
 * @rules_stale: it has changed since, or is being listed
 * @rules_again: it has changed while it was being listed
 * @rules_fd: where it is being listed to
 * @rules_job: that lists it, or NULL
 * @save: a checkpoint that is being made, or NULL
 * @cut: its cut is made
 * @waits: it waits for the ruleset, or for all connections to be known
 * @write_job: that writes it, or NULL
 * @error: what it has come to
 * @done: tells it so
 * @load: a checkpoint that is being loaded, or NULL
 * @load_job: that loads it
 */
struct conntrack {
	struct nfhad_instance *instance;
	struct nfhad_ctwatch *watch;
	struct nfhad_ctimage image;
	struct nfhad_ctfile rules;
	struct nfhad_ctfile rules_file;
	bool rules_stale;
	bool rules_again;
	int rules_fd;
	struct nfhad_job *rules_job;
	struct nfhad_save *save;
	bool cut;
	bool waits;
	struct nfhad_job *write_job;
	int error;
	sd_event_source *done;
	struct nfhad_load *load;
	struct nfhad_job *load_job;
};

static void step(struct conntrack *c);

static uint64_t timeout_us(const struct conntrack *c)
{
	return (uint64_t)c->instance->service->config->timeout_ms * 1000;
}

static struct conntrack *data_of(struct nfhad_instance *instance)
{
	struct conntrack *c = instance->driver_data;

	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->instance = instance;
	nfhad_ctimage_init(&c->image);
	c->rules.fd = -1;
	c->rules_file.fd = -1;
	c->rules_fd = -1;
	instance->driver_data = c;
	return c;
}

static void data_put(struct conntrack *c)
{
	if (c->watch || c->load)
		return;
	c->instance->driver_data = NULL;
	free(c);
}

static int on_done(sd_event_source *source, void *data)
{
	struct conntrack *c = data;
	struct nfhad_save *save = c->save;

	(void)source;
	sd_event_source_disable_unref(c->done);
	c->done = NULL;
	c->save = NULL;
	save->done(save, c->error);
	return 0;
}

/* One that fails before it is written may do so while it is being asked for, and
 * whoever has asked is told from the loop.
 */
static void finish(struct conntrack *c, int error)
{
	int ret;

	c->error = error;
	ret = sd_event_add_defer(c->instance->service->nfhad->event, &c->done,
				 on_done, c);
	if (ret < 0) {
		/* The time limit of the checkpoint ends it. */
		nfhad_log_instance(LOG_ERR, c->instance, "%s", strerror(-ret));
	}
}

static void resume_save(struct conntrack *c, int error)
{
	if (!c->save || !c->waits)
		return;
	c->waits = false;
	if (error)
		finish(c, error);
	else
		step(c);
}

static void on_known(void *data, int error)
{
	resume_save(data, error);
}

static int list_job(void *data)
{
	const struct conntrack *c = data;
	int ret;

	ret = nfhad_ctnet_enter(c->instance->config->netns);
	return ret < 0 ? ret : nfhad_ctrules_save(c->instance, c->rules_fd);
}

static void on_listed(void *data, int error)
{
	struct conntrack *c = data;
	struct stat st;

	c->rules_job = NULL;
	if (!error && fstat(c->rules_fd, &st))
		error = -errno;
	if (error) {
		close(c->rules_fd);
	} else {
		nfhad_ctfile_close(&c->rules);
		nfhad_ctfile_close(&c->rules_file);
		c->rules.fd = c->rules_fd;
		c->rules.bytes = (uint64_t)st.st_size;
		c->rules_stale = c->rules_again;
	}
	c->rules_fd = -1;
	resume_save(c, error);
}

static int list_rules(struct conntrack *c)
{
	int ret;

	c->rules_stale = true;
	c->rules_again = false;
	c->rules_fd = memfd_create("ruleset", MFD_CLOEXEC);
	if (c->rules_fd < 0)
		return -errno;
	ret = nfhad_job_start(c->instance->service->nfhad->event, list_job,
			      timeout_us(c), on_listed, c, &c->rules_job);
	if (ret) {
		close(c->rules_fd);
		c->rules_fd = -1;
	}
	return ret;
}

static int write_rules(const struct conntrack *c, int dir)
{
	void *text = "";
	int ret;

	if (c->rules.bytes) {
		text = mmap(NULL, c->rules.bytes, PROT_READ, MAP_SHARED,
			    c->rules.fd, 0);
		if (text == MAP_FAILED)
			return -errno;
	}
	ret = nfhad_ctfile_write(dir, NFHAD_CTIMAGE_RULESET, text,
				 c->rules.bytes);
	if (c->rules.bytes)
		munmap(text, c->rules.bytes);
	return ret;
}

/*
 * 0 when all is known of the ruleset. An operator's is read once. A change while it
 * is being listed has it listed again.
 */
static int check_rules(struct conntrack *c)
{
	int ret;

	if (nfhad_ctwatch_rules_changed(c->watch) &&
	    !c->instance->service->config->ruleset) {
		c->rules_again = c->rules_job;
		c->rules_stale = true;
	}
	if (!c->rules_stale)
		return 0;
	ret = c->rules_job ? 0 : list_rules(c);
	return ret ? ret : -EAGAIN;
}

/* Has the connections as they are now, while ours go on. */
static int write_job(void *data)
{
	const struct conntrack *c = data;
	int dir = c->save->image->dir, ret;

	ret = nfhad_ctimage_write(&c->image, nfhad_ctwatch_state(c->watch),
				  dir);
	return ret || c->rules_file.fd >= 0 ? ret : write_rules(c, dir);
}

static void on_written(void *data, int error)
{
	struct conntrack *c = data;
	struct nfhad_save *save = c->save;
	int dir = save->image->dir;

	c->write_job = NULL;
	c->save = NULL;
	error = error ?: nfhad_ctimage_end(&c->image, dir);
	if (!error && c->rules_file.fd < 0)
		error = nfhad_ctfile_open(&c->rules_file, dir,
					  NFHAD_CTIMAGE_RULESET);
	save->done(save, error);
}

/* What is kept in memory goes to an image once, and from there to the next. */
static int write_image(struct conntrack *c)
{
	int dir = c->save->image->dir, ret;

	ret = nfhad_ctimage_begin(&c->image, nfhad_ctwatch_state(c->watch),
				  dir);
	if (ret)
		return ret;
	if (nfhad_ctfile_link(&c->rules_file, dir, NFHAD_CTIMAGE_RULESET))
		nfhad_ctfile_close(&c->rules_file);
	return nfhad_job_start(c->instance->service->nfhad->event, write_job,
			       timeout_us(c), on_written, c, &c->write_job);
}

/*
 * As far as a checkpoint gets. The cut is made only when all connections are known,
 * for what comes after it is to be short.
 */
static void step(struct conntrack *c)
{
	int ret = 0;

	if (!c->cut) {
		ret = nfhad_ctwatch_catch_up(c->watch);
		if (!ret)
			ret = c->save->cut(c->save);
		c->cut = !ret;
	}
	if (!ret)
		ret = nfhad_ctwatch_catch_up(c->watch);
	if (!ret)
		ret = check_rules(c);
	if (ret == -EAGAIN) {
		c->waits = true;
		return;
	}
	ret = ret ?: write_image(c);
	if (ret)
		finish(c, ret);
}

static int conntrack_save(struct nfhad_save *save)
{
	struct conntrack *c = save->instance->driver_data;

	if (!c || !c->watch)
		return -EINVAL;
	c->save = save;
	c->cut = false;
	c->waits = false;
	step(c);
	return 0;
}

static void save_stop(struct conntrack *c)
{
	nfhad_job_cancel(c->write_job);
	c->write_job = NULL;
	c->done = sd_event_source_disable_unref(c->done);
	c->save = NULL;
}

static int conntrack_cancel(struct nfhad_save *save)
{
	save_stop(save->instance->driver_data);
	return 0;
}

static int conntrack_attach(struct nfhad_instance *instance)
{
	struct conntrack *c = data_of(instance);
	int ret;

	if (!c)
		return -ENOMEM;
	ret = nfhad_ctwatch_start(instance, on_known, c, &c->watch);
	if (!ret)
		ret = list_rules(c);
	if (ret && c->watch) {
		nfhad_ctwatch_stop(c->watch);
		c->watch = NULL;
	}
	if (ret)
		data_put(c);
	return ret;
}

static void conntrack_detach(struct nfhad_instance *instance)
{
	struct conntrack *c = instance->driver_data;

	if (!c || !c->watch)
		return;
	nfhad_job_cancel(c->rules_job);
	c->rules_job = NULL;
	if (c->rules_fd >= 0)
		close(c->rules_fd);
	c->rules_fd = -1;
	save_stop(c);
	nfhad_ctfile_close(&c->rules);
	nfhad_ctfile_close(&c->rules_file);
	nfhad_ctimage_free(&c->image);
	nfhad_ctwatch_stop(c->watch);
	c->watch = NULL;
	data_put(c);
}

static int load_job(void *data)
{
	const struct conntrack *c = data;

	return nfhad_ctrestore_load(c->instance, c->load->image->dir);
}

static void on_loaded(void *data, int error)
{
	struct conntrack *c = data;
	struct nfhad_load *load = c->load;

	c->load = NULL;
	c->load_job = NULL;
	data_put(c);
	load->done(load, error);
}

static int conntrack_load(struct nfhad_load *load)
{
	struct conntrack *c = data_of(load->instance);
	int ret;

	if (!c)
		return -ENOMEM;
	c->load = load;
	ret = nfhad_job_start(c->instance->service->nfhad->event, load_job,
			      timeout_us(c), on_loaded, c, &c->load_job);
	if (ret) {
		c->load = NULL;
		data_put(c);
	}
	return ret;
}

static void conntrack_load_cancel(struct nfhad_load *load)
{
	struct conntrack *c = load->instance->driver_data;

	nfhad_job_cancel(c->load_job);
	c->load_job = NULL;
	c->load = NULL;
	data_put(c);
}

/* It is the kernel that runs it, as soon as it is given packets. */
static int conntrack_resume(struct nfhad_instance *instance)
{
	(void)instance;
	return 0;
}

static int conntrack_unload(void *data)
{
	return nfhad_ctrestore_clean(data);
}

/* Of anybody who works: instances of a service have the same rules. */
static const struct conntrack *anybody(const struct nfhad_service *service)
{
	const struct conntrack *c;
	size_t n;

	for (n = 0; n < service->instances; n++) {
		c = service->instance[n].driver_data;
		if (c && c->watch && c->rules.fd >= 0)
			return c;
	}
	return NULL;
}

/* One that was at rest has no rules. */
static int conntrack_begin(struct nfhad_instance *instance)
{
	const struct conntrack *c = anybody(instance->service);
	char *text;
	int ret;

	if (!c)
		return 0;
	text = calloc(1, c->rules.bytes + 1);
	if (!text)
		return -ENOMEM;
	if (pread(c->rules.fd, text, c->rules.bytes, 0) != (ssize_t)c->rules.bytes)
		ret = -EIO;
	else
		ret = nfhad_ctnet_enter(instance->config->netns);
	if (ret >= 0)
		ret = nfhad_ctrules_begin(instance, text);
	free(text);
	return ret;
}

static struct conntrack *carried(const struct nfhad_carry *carry)
{
	return carry->from->driver_data;
}

static int carry_job(void *data)
{
	const struct nfhad_carry *carry = data;

	return nfhad_ctrestore_add(carry, nfhad_ctwatch_state(carried(carry)->watch));
}

static int drop_job(void *data)
{
	const struct nfhad_carry *carry = data;

	return nfhad_ctrestore_drop(carry, nfhad_ctwatch_state(carried(carry)->watch));
}

static int follow_job(void *data)
{
	const struct nfhad_carry *carry = data;

	return nfhad_ctrestore_follow(carry, nfhad_ctwatch_state(carried(carry)->watch));
}

static void on_carried(void *data, int error)
{
	struct nfhad_carry *carry = data;

	carry->job = NULL;
	if (!error)
		carry->since = carry->until;
	carry->done(carry, error);
}

static int carry_start(struct nfhad_carry *carry, nfhad_job_fn fn)
{
	struct conntrack *c = carried(carry);
	int ret;

	if (!c || !c->watch)
		return -EOPNOTSUPP;
	ret = nfhad_ctwatch_catch_up(c->watch);
	if (ret)
		return ret;
	carry->until = nfhad_ctstate_mark(nfhad_ctwatch_state(c->watch), true);
	return nfhad_job_start(c->instance->service->nfhad->event, fn,
			       timeout_us(c), on_carried, carry, &carry->job);
}

/* A connection that ends while a new base is written is remembered by nobody: it stays
 * with the other one for as long as it may be silent.
 */
static int conntrack_carry(struct nfhad_carry *carry)
{
	return carry_start(carry, carry_job);
}

static int conntrack_follow(struct nfhad_carry *carry)
{
	return carry_start(carry, follow_job);
}

static int conntrack_drop(struct nfhad_carry *carry)
{
	return carry_start(carry, drop_job);
}

static void conntrack_carry_end(struct nfhad_carry *carry)
{
	struct conntrack *c = carried(carry);

	nfhad_job_cancel(carry->job);
	carry->job = NULL;
	if (c && c->watch)
		nfhad_ctstate_mark(nfhad_ctwatch_state(c->watch), false);
}

const struct nfhad_driver nfhad_driver_conntrack = {
	.name = "conntrack",
	.begin = conntrack_begin,
	.attach = conntrack_attach,
	.detach = conntrack_detach,
	.save = conntrack_save,
	.cancel = conntrack_cancel,
	.load = conntrack_load,
	.load_cancel = conntrack_load_cancel,
	.resume = conntrack_resume,
	.unload = conntrack_unload,
	.carry = conntrack_carry,
	.carry_end = conntrack_carry_end,
	.follow = conntrack_follow,
	.drop = conntrack_drop,
};
