// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver for process trees, on a criu that answers as it likes. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "criu_bed.h"
#include "loop.h"
#include "mounts.h"
#include "proc.h"
#include "unit.h"

#define SECOND 1000000ull

static unsigned int begun, cuts;
static int begin_error;
static int save_error, load_error;
static unsigned int saves_done, loads_done;

static int on_begin(struct nfhad_save *save)
{
	(void)save;
	begun++;
	return begin_error;
}

static int on_cut(struct nfhad_save *save)
{
	(void)save;
	cuts++;
	return 0;
}

static void on_saved(struct nfhad_save *save, int error)
{
	(void)save;
	saves_done++;
	save_error = error;
}

static void on_loaded(struct nfhad_load *load, int error)
{
	(void)load;
	loads_done++;
	load_error = error;
}

static struct nfhad_save save = {
	.instance = &instance, .image = &image, .begin = on_begin, .cut = on_cut,
	.done = on_saved,
};

static struct nfhad_load load = {
	.instance = &instance, .image = &image, .stop = true, .done = on_loaded,
};

static void setup(void)
{
	whole.criu = "/bin/sh";
	nfhad.event = loop_open();
	image.number = 1;
	image.dir = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	answers.inode = 5;
	instance.process = PROCESS;
	instance.state = NFHAD_INSTANCE_ACTIVE;
}

/* Each criu is somebody's, or freed. */
static void teardown(void)
{
	unsigned int n;

	nfhad_driver_criu.detach(&instance);
	ck_assert_ptr_null(instance.driver_data);
	for (n = 0; n < started; n++)
		ck_assert(crius[n].freed || crius[n].left);
	close(image.dir);
	sd_event_unref(nfhad.event);
}

static void attach(void)
{
	ck_assert_int_eq(nfhad_driver_criu.attach(&instance), 0);
}

static int point(const char *name, pid_t pid)
{
	return asked->client.notify(asked->client.data, name, pid);
}

static void answer(int error, pid_t pid)
{
	asked->client.done(asked->client.data, error, pid);
}

static void save_begin(void)
{
	ck_assert_int_eq(nfhad_driver_criu.save(&save), 0);
}

/* As criu goes about it. */
static void save_whole(void)
{
	save_begin();
	ck_assert_int_eq(point("pre-dump", 0), 0);
	ck_assert_int_eq(point("network-lock", 0), 0);
	ck_assert_int_eq(point("post-dump", 0), 0);
	answer(0, 0);
	ck_assert_int_eq(save_error, 0);
}

START_TEST(what_is_refused_is_not_attached)
{
	answers.inspect = -EOPNOTSUPP;
	ck_assert_int_eq(nfhad_driver_criu.attach(&instance), -EOPNOTSUPP);
	ck_assert_ptr_null(instance.driver_data);
	answers.inspect = 0;
	answers.diag = -EPERM;
	ck_assert_int_eq(nfhad_driver_criu.attach(&instance), -EPERM);
	ck_assert_ptr_null(instance.driver_data);
	ck_assert_uint_eq(started, 0);
	ck_assert_int_eq(nfhad_driver_criu.save(&save), -EBUSY);
	ck_assert_int_eq(nfhad_driver_criu.cancel(&save), 0);
}

START_TEST(a_save)
{
	char external[64];
	ino_t netns;

	attach();
	save_whole();
	ck_assert_uint_eq(begun, 1);
	ck_assert_uint_eq(cuts, 1);
	ck_assert_uint_eq(saves_done, 1);
	ck_assert_int_eq(asked->type, CRIU_REQ_TYPE__DUMP);
	ck_assert_int_eq(asked->pid, getpid());
	ck_assert_int_eq(asked->images, image.dir);
	ck_assert_int_eq(asked->parent, -1);
	ck_assert(!asked->auto_mounts);
	ck_assert_int_eq(nfhad_proc_namespace(0, "net", &netns), 0);
	snprintf(external, sizeof(external), "net[%ju]:vnf", (uintmax_t)netns);
	ck_assert_str_eq(asked->external, external);
	ck_assert(asked->freed);
	ck_assert_uint_eq(calls.leftovers, 0);
	/* And one waits for the next. */
	ck_assert(!crius[started - 1].asked);
}

/* The pages that are dirty are those since the dump before, and it was whole. */
START_TEST(a_save_that_builds_on_another)
{
	struct nfhad_image parent = { .number = 1, .dir = 77 };

	attach();
	save.parent = &parent;
	save_whole();
	ck_assert_int_eq(asked->parent, -1);
	image.number = 2;
	save_whole();
	ck_assert_int_eq(asked->parent, 77);
	/* The newest that is stored is another one than the last that was dumped. */
	image.number = 3;
	save_whole();
	ck_assert_int_eq(asked->parent, -1);
	parent.number = 3;
	save_begin();
	ck_assert_int_eq(asked->parent, 77);
	answer(-EIO, 0);
	save_whole();
	ck_assert_int_eq(asked->parent, -1);
}

START_TEST(no_save_without_a_cut)
{
	attach();
	save_begin();
	ck_assert_int_eq(point("post-dump", 0), -EPROTO);
	ck_assert_int_eq(point("network-lock", 0), 0);
	answer(0, 0);
	ck_assert_int_eq(save_error, -EPROTO);
	ck_assert_uint_eq(cuts, 0);
	ck_assert_uint_eq(calls.leftovers, 1);
}

START_TEST(one_cut_and_no_more)
{
	attach();
	save_begin();
	ck_assert_int_eq(point("network-lock", 0), 0);
	ck_assert_int_eq(point("network-lock", 0), 0);
	ck_assert_int_eq(point("post-dump", 0), 0);
	ck_assert_int_eq(point("post-dump", 0), -EPROTO);
	answer(-EIO, 0);
	ck_assert_uint_eq(begun, 1);
	ck_assert_uint_eq(cuts, 1);
	ck_assert_int_eq(save_error, -EIO);
}

START_TEST(a_plug_that_fails)
{
	attach();
	begin_error = -ESTALE;
	save_begin();
	ck_assert_int_eq(point("network-lock", 0), -ESTALE);
	answer(-EIO, 0);
	ck_assert_int_eq(save_error, -EIO);
}

START_TEST(what_cannot_be_restored_does_not_count)
{
	attach();
	answers.reopen = -EBUSY;
	save_begin();
	point("network-lock", 0);
	point("post-dump", 0);
	answer(0, 0);
	ck_assert_int_eq(save_error, -EBUSY);
	answers.reopen = 0;
	save_begin();
	/* It has ended meanwhile. */
	instance.process = NULL;
	point("network-lock", 0);
	point("post-dump", 0);
	answer(0, 0);
	ck_assert_int_eq(save_error, -ESRCH);
}

START_TEST(one_thing_at_a_time)
{
	attach();
	save_begin();
	ck_assert_int_eq(nfhad_driver_criu.save(&save), -EBUSY);
	ck_assert_int_eq(nfhad_driver_criu.load(&load), -EBUSY);
	answer(-EIO, 0);
	ck_assert_int_eq(nfhad_driver_criu.load(&load), 0);
	ck_assert_int_eq(nfhad_driver_criu.save(&save), -EBUSY);
	ck_assert_int_eq(nfhad_driver_criu.load(&load), -EBUSY);
	answer(-EIO, 0);
	ck_assert_int_eq(load_error, -EIO);
	save_whole();
}

START_TEST(no_criu)
{
	attach();
	answers.request = -EPIPE;
	ck_assert_int_eq(nfhad_driver_criu.save(&save), -EPIPE);
	whole.criu = "/nowhere/criu";
	ck_assert_int_eq(nfhad_driver_criu.save(&save), -ENOENT);
	ck_assert_uint_eq(calls.leftovers, 2);
	answers.start = -EMFILE;
	ck_assert_int_lt(nfhad_driver_criu.save(&save), 0);
	ck_assert_uint_eq(saves_done, 0);
	answers.start = 0;
	answers.request = 0;
	save_whole();
}

static void turns_until(const bool *over)
{
	while (!*over)
		ck_assert_int_ge(sd_event_run(nfhad.event, SECOND), 0);
}

START_TEST(what_has_come_is_worked_off_first)
{
	service_config.drain_us = 60 * SECOND;
	answers.queued[0] = 1;
	answers.queued[1] = 1;
	attach();
	save_begin();
	ck_assert_uint_eq(begun, 1);
	ck_assert(!crius[0].asked);
	turns_until(&crius[0].asked);
	ck_assert_uint_eq(calls.looks, 3);
	point("network-lock", 0);
	point("post-dump", 0);
	answer(0, 0);
	ck_assert_int_eq(save_error, 0);
	ck_assert_uint_eq(begun, 1);
}

START_TEST(and_not_for_ever)
{
	unsigned int n;

	service_config.drain_us = 2000;
	for (n = 0; n < ARRAY_SIZE(answers.queued); n++)
		answers.queued[n] = 1;
	attach();
	save_begin();
	turns_until(&crius[0].asked);
	/* The rest is a matter of the checkpoint. */
	ck_assert_uint_ge(calls.looks, 1);
}

START_TEST(queues_that_cannot_be_seen)
{
	service_config.drain_us = SECOND;
	answers.queued[0] = -EPERM;
	attach();
	save_begin();
	while (!saves_done)
		ck_assert_int_ge(sd_event_run(nfhad.event, SECOND), 0);
	ck_assert_int_eq(save_error, -EPERM);
	ck_assert(!crius[0].asked);
	begin_error = -ESTALE;
	ck_assert_int_eq(nfhad_driver_criu.save(&save), -ESTALE);
}

START_TEST(a_save_that_is_given_up)
{
	struct nfhad_save other = save;

	attach();
	save_begin();
	answers.free = -EOWNERDEAD;
	ck_assert_int_eq(nfhad_driver_criu.cancel(&other), 0);
	ck_assert(!asked->freed);
	ck_assert_int_eq(nfhad_driver_criu.cancel(&save), -EOWNERDEAD);
	ck_assert(asked->freed);
	ck_assert_uint_eq(calls.leftovers, 1);
	ck_assert_uint_eq(saves_done, 0);
	answers.free = 0;
	save_whole();
}

/* The VNF lives, so what is at work in it is not killed. */
START_TEST(a_save_that_is_left)
{
	attach();
	save_begin();
	nfhad_driver_criu.detach(&instance);
	ck_assert(asked->left && !asked->freed);
	ck_assert_uint_eq(calls.leftovers, 0);
	attach();
	save_begin();
	instance.state = NFHAD_INSTANCE_FAILED;
	nfhad_driver_criu.detach(&instance);
	ck_assert_uint_eq(calls.leftovers, 1);
}

static void load_begin(void)
{
	ck_assert_int_eq(nfhad_driver_criu.load(&load), 0);
}

START_TEST(a_load)
{
	instance.process = NULL;
	load_begin();
	ck_assert_int_eq(asked->type, CRIU_REQ_TYPE__RESTORE);
	ck_assert_int_eq(asked->images, image.dir);
	ck_assert(asked->options.leave_stopped && !asked->options.mounts);
	ck_assert_str_eq(asked->root, "");
	ck_assert(!asked->urged);
	ck_assert_int_eq(point("setup-namespaces", ROOT_PID), 0);
	ck_assert_int_eq(point("post-restore", 0), 0);
	answer(0, ROOT_PID);
	ck_assert_uint_eq(loads_done, 1);
	ck_assert_int_eq(load_error, 0);
	ck_assert_ptr_eq(instance.process, PROCESS);
	ck_assert_uint_eq(calls.touches, 1);
	ck_assert_uint_eq(calls.kills, 0);
	ck_assert_int_eq(nfhad_driver_criu.resume(&instance), 0);
	ck_assert_int_eq(calls.signal, SIGCONT);
	/* Its listeners have been told just now. */
	ck_assert_uint_eq(calls.touches, 1);
	instance.process = NULL;
	ck_assert_int_eq(nfhad_driver_criu.resume(&instance), -ESRCH);
}

START_TEST(a_load_with_mounts)
{
	answers.mounts = 1;
	load_begin();
	ck_assert(asked->options.mounts && asked->auto_mounts);
	ck_assert_str_eq(asked->root, NFHAD_MOUNTS_ROOT);
	answer(-EIO, 0);
	answers.mounts = -EBADMSG;
	ck_assert_int_eq(nfhad_driver_criu.load(&load), -EBADMSG);
	answers.mounts = 0;
	answers.netns = -ENOENT;
	ck_assert_int_eq(nfhad_driver_criu.load(&load), -ENOENT);
}

/* What cannot be followed is killed, and has ended when that is told. */
START_TEST(a_load_that_nobody_can_follow)
{
	answers.follow = -ESRCH;
	load_begin();
	point("setup-namespaces", ROOT_PID);
	answer(0, ROOT_PID);
	ck_assert_uint_eq(calls.kills, 1);
	ck_assert_uint_eq(loads_done, 0);
	calls.exited(calls.data);
	ck_assert_uint_eq(loads_done, 1);
	ck_assert_int_eq(load_error, -ESRCH);
}

START_TEST(what_is_restored_ends_meanwhile)
{
	load_begin();
	point("setup-namespaces", ROOT_PID);
	calls.exited(calls.data);
	ck_assert_uint_eq(loads_done, 1);
	ck_assert_int_eq(load_error, -EPIPE);
	ck_assert_uint_eq(calls.kills, 0);
}

START_TEST(a_load_that_is_given_up)
{
	struct nfhad_load other = load;

	load_begin();
	point("setup-namespaces", ROOT_PID);
	nfhad_driver_criu.load_cancel(&other);
	ck_assert_uint_eq(calls.kills, 0);
	nfhad_driver_criu.load_cancel(&load);
	ck_assert_uint_eq(calls.kills, 1);
	ck_assert(asked->freed);
	load_begin();
	point("setup-namespaces", ROOT_PID);
	nfhad_driver_criu.detach(&instance);
	ck_assert_uint_eq(calls.kills, 2);
	ck_assert_uint_eq(loads_done, 0);
}

START_TEST(a_load_that_is_expected)
{
	nfhad_driver_criu.expect(&instance, NULL);
	ck_assert_ptr_null(instance.driver_data);
	nfhad_driver_criu.expect(&instance, &image);
	nfhad_driver_criu.expect(&instance, &image);
	ck_assert_uint_eq(started, 1);
	ck_assert(crius[0].options.leave_stopped);
	load.urgent = true;
	load_begin();
	ck_assert(crius[0].asked && crius[0].urged);
	ck_assert_uint_eq(started, 1);
	answer(-EIO, 0);
	nfhad_driver_criu.expect(&instance, &image);
	ck_assert_uint_eq(started, 2);
	nfhad_driver_criu.expect(&instance, NULL);
	ck_assert(crius[1].freed);
}

/* A criu that waits has a namespace, which is not the one of that name any more. */
START_TEST(another_namespace_of_that_name)
{
	nfhad_driver_criu.expect(&instance, &image);
	answers.inode++;
	load_begin();
	ck_assert(!crius[0].asked && crius[0].freed);
	ck_assert(crius[1].asked);
	answer(-EIO, 0);
	nfhad_driver_criu.expect(&instance, &image);
	answers.inode++;
	nfhad_driver_criu.expect(&instance, &image);
	ck_assert(crius[2].freed && !crius[3].freed);
	answers.netns = -ENOENT;
	nfhad_driver_criu.expect(&instance, &image);
	ck_assert(crius[3].freed);
	answers.netns = 0;
	answers.mounts = 1;
	nfhad_driver_criu.expect(&instance, &image);
	ck_assert_uint_eq(started, 4);
}

/* It fits, but it cannot be asked: another one is. */
START_TEST(the_expected_one_has_ended)
{
	nfhad_driver_criu.expect(&instance, &image);
	answers.request = -EPIPE;
	ck_assert_int_eq(nfhad_driver_criu.load(&load), -EPIPE);
	ck_assert_uint_eq(started, 2);
	ck_assert(crius[0].freed && crius[1].freed);
	ck_assert_uint_eq(loads_done, 0);
}

UNIT_MAIN_FIXTURE("driver_criu", setup, teardown, what_is_refused_is_not_attached, a_save,
		  a_save_that_builds_on_another, no_save_without_a_cut,
		  one_cut_and_no_more, a_plug_that_fails,
		  what_cannot_be_restored_does_not_count, one_thing_at_a_time, no_criu,
		  what_has_come_is_worked_off_first, and_not_for_ever,
		  queues_that_cannot_be_seen, a_save_that_is_given_up,
		  a_save_that_is_left, a_load, a_load_with_mounts,
		  a_load_that_nobody_can_follow, what_is_restored_ends_meanwhile,
		  a_load_that_is_given_up, a_load_that_is_expected,
		  another_namespace_of_that_name, the_expected_one_has_ended)
