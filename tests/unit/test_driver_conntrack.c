// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver for connection tracking, in a namespace of the test's own making. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
#include "loop.h"
#include "nfhad.h"
#include "tree.h"
#include "unit.h"

#define SECOND 1000000ull

/* What the driver's jobs see as well. */
static struct {
	unsigned int ruleset;
	unsigned int lists_begun;
} *world;

/* A job that lists rules ends when there is something to read. */
static int gate[2];

static struct nfhad nfhad;
static struct nfhad_service_config service_config = {
	.name = "fw", .timeout_ms = 60000,
};

static struct nfhad_instance_config instance_config = {
	.name = "A", .netns = "vA",
};

static struct nfhad_service service = {
	.nfhad = &nfhad, .config = &service_config,
};

static struct nfhad_instance instance = {
	.service = &service, .config = &instance_config,
};

static struct nfhad_ctstate *state;
static bool rules_changed;
static char root[64];
static struct nfhad_image image;
static unsigned int cuts;
static bool saved;
static int save_error;

int nfhad_ctwatch_start(struct nfhad_instance *of, nfhad_ctwatch_fn fn,
			void *data, struct nfhad_ctwatch **watch)
{
	(void)of;
	(void)fn;
	(void)data;
	*watch = (struct nfhad_ctwatch *)&nfhad;
	return 0;
}

void nfhad_ctwatch_stop(struct nfhad_ctwatch *watch)
{
	(void)watch;
}

int nfhad_ctwatch_catch_up(struct nfhad_ctwatch *watch)
{
	(void)watch;
	return 0;
}

struct nfhad_ctstate *nfhad_ctwatch_state(struct nfhad_ctwatch *watch)
{
	(void)watch;
	return state;
}

bool nfhad_ctwatch_rules_changed(struct nfhad_ctwatch *watch)
{
	bool changed = rules_changed;

	(void)watch;
	rules_changed = false;
	return changed;
}

int nfhad_ctnet_enter(const char *netns)
{
	(void)netns;
	return 1;
}

int nfhad_ctrules_save(const struct nfhad_instance *of, int fd)
{
	char byte;

	(void)of;
	dprintf(fd, "ruleset %u", world->ruleset);
	world->lists_begun++;
	return read(gate[0], &byte, 1) == 1 ? 0 : -EIO;
}

int nfhad_ctrestore_load(const struct nfhad_instance *of, int dir)
{
	(void)of;
	(void)dir;
	return -EINVAL;
}

int nfhad_ctrestore_clean(const struct nfhad_instance *of)
{
	(void)of;
	return -EINVAL;
}

int nfhad_ctrestore_add(const struct nfhad_carry *carry,
			const struct nfhad_ctstate *of)
{
	(void)carry;
	(void)of;
	return -EINVAL;
}

int nfhad_ctrestore_drop(const struct nfhad_carry *carry,
			 const struct nfhad_ctstate *of)
{
	(void)carry;
	(void)of;
	return -EINVAL;
}

int nfhad_ctrestore_follow(const struct nfhad_carry *carry,
			   const struct nfhad_ctstate *of)
{
	(void)carry;
	(void)of;
	return -EINVAL;
}

int nfhad_ctrules_begin(const struct nfhad_instance *of, const char *text)
{
	(void)of;
	(void)text;
	return -EINVAL;
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
	saved = true;
	save_error = error;
}

static struct nfhad_save save = {
	.instance = &instance, .image = &image, .cut = on_cut,
	.done = on_saved,
};

static void setup(void)
{
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(world, MAP_FAILED);
	world->ruleset = 1;
	ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
	ck_assert_int_eq(nfhad_ctstate_new(&state), 0);
	snprintf(root, sizeof(root), "/tmp/nfha-conntrack-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	nfhad.event = loop_open();
	ck_assert_int_eq(nfhad_driver_conntrack.attach(&instance), 0);
}

static void teardown(void)
{
	nfhad_driver_conntrack.detach(&instance);
	nfhad_ctstate_free(state);
	sd_event_unref(nfhad.event);
	ck_assert_int_eq(nfhad_tree_remove(AT_FDCWD, root), 0);
}

static void image_next(void)
{
	char path[80];

	image.number++;
	snprintf(path, sizeof(path), "%s/%llu", root,
		 (unsigned long long)image.number);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	image.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(image.dir, 0);
}

static void save_begin(void)
{
	image_next();
	saved = false;
	ck_assert_int_eq(nfhad_driver_conntrack.save(&save), 0);
}

static void turn(void)
{
	ck_assert_int_ge(sd_event_run(nfhad.event, SECOND / 100), 0);
}

/* Of a listing that is to come before the checkpoint is made. */
static void listing_wait(unsigned int number)
{
	while (world->lists_begun < number && !saved)
		turn();
	ck_assert(!saved);
}

static void listing_end(void)
{
	ck_assert_int_eq(write(gate[1], "x", 1), 1);
}

static void save_end(void)
{
	while (!saved)
		turn();
	ck_assert_int_eq(save_error, 0);
}

static void assert_ruleset(const char *expected)
{
	char *text;
	size_t len;

	ck_assert_int_eq(nfhad_ctfile_read(image.dir, NFHAD_CTIMAGE_RULESET,
					   &text, &len), 0);
	ck_assert_str_eq(text, expected);
	free(text);
	close(image.dir);
}

START_TEST(rules_once)
{
	listing_end();
	save_begin();
	save_end();
	assert_ruleset("ruleset 1");
	save_begin();
	save_end();
	assert_ruleset("ruleset 1");
	ck_assert_uint_eq(cuts, 2);
	ck_assert_uint_eq(world->lists_begun, 1);
}

START_TEST(rules_changed_between)
{
	listing_end();
	save_begin();
	save_end();
	assert_ruleset("ruleset 1");
	world->ruleset = 2;
	rules_changed = true;
	listing_end();
	save_begin();
	save_end();
	assert_ruleset("ruleset 2");
}

/* The listing may be older than the change. */
START_TEST(rules_changed_meanwhile)
{
	listing_wait(1);
	world->ruleset = 2;
	rules_changed = true;
	save_begin();
	listing_end();
	listing_wait(2);
	listing_end();
	save_end();
	assert_ruleset("ruleset 2");
	ck_assert_uint_eq(cuts, 1);
}

/* What it has written of its image is nobody's. */
START_TEST(cancelled)
{
	listing_end();
	save_begin();
	save_end();
	close(image.dir);
	save_begin();
	ck_assert_int_eq(nfhad_driver_conntrack.cancel(&save), 0);
	close(image.dir);
	save_begin();
	save_end();
	assert_ruleset("ruleset 1");
	ck_assert_uint_eq(cuts, 3);
}

UNIT_MAIN_FIXTURE("driver_conntrack", setup, teardown, rules_once,
		  rules_changed_between, rules_changed_meanwhile, cancelled)
