// SPDX-License-Identifier: GPL-2.0-or-later
/* A checkpoint is loaded and its sums are checked, side by side. */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "driver.h"
#include "loading.h"
#include "nfhad.h"
#include "loop.h"
#include "unit.h"

#define SECOND 1000000ull

/* The check ends with what is read from here. */
static int sums[2];

static bool sealed;

static struct nfhad nfhad;
static struct nfhad_service_config config = { .timeout_ms = 60000 };
static struct nfhad_load *load;
static unsigned int cancelled;
static struct nfhad_instance instance;
static struct nfhad_image image;
static struct nfhad_loading *loading;
static unsigned int told;
static int error;

bool nfhad_image_is_sealed(const struct nfhad_image *of)
{
	ck_assert_ptr_eq(of, &image);
	return sealed;
}

void nfhad_image_unseal(struct nfhad_image *of)
{
	ck_assert_ptr_eq(of, &image);
	sealed = false;
}

int nfhad_image_verify(const struct nfhad_image *of)
{
	char byte = -1;

	(void)of;
	return read(sums[0], &byte, 1) == 1 ? byte : -EIO;
}

static int on_load(struct nfhad_load *l)
{
	load = l;
	return 0;
}

static void on_cancel(struct nfhad_load *l)
{
	ck_assert_ptr_eq(l, load);
	cancelled++;
}

static const struct nfhad_driver driver = {
	.load = on_load, .load_cancel = on_cancel,
};

static struct nfhad_service service = {
	.nfhad = &nfhad, .config = &config, .driver = &driver,
};

static void on_loading(void *data, int result)
{
	ck_assert_ptr_eq(data, &told);
	told++;
	error = result;
	loading = NULL;
}

static void begin(void)
{
	ck_assert_int_eq(nfhad_loading_start(&instance, &image, on_loading,
					     &told, &loading), 0);
	ck_assert_ptr_nonnull(load);
}

static void setup(void)
{
	ck_assert_int_eq(pipe2(sums, O_CLOEXEC), 0);
	nfhad.event = loop_open();
	instance.service = &service;
	begin();
}

static void teardown(void)
{
	nfhad_loading_cancel(loading);
	sd_event_unref(nfhad.event);
}

static void sums_are(char result)
{
	ck_assert_int_eq(write(sums[1], &result, 1), 1);
}

/* Whatever is to be seen in the loop by now. */
static void turns(void)
{
	while (sd_event_run(nfhad.event, SECOND / 20) > 0)
		;
}

static void told_wait(void)
{
	while (!told)
		ck_assert_int_ge(sd_event_run(nfhad.event, SECOND), 0);
	ck_assert_uint_eq(told, 1);
}

START_TEST(both_are_waited_for)
{
	instance.process = (struct nfhad_process *)&instance;
	load->done(load, 0);
	turns();
	ck_assert_uint_eq(told, 0);
	sums_are(0);
	told_wait();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(cancelled, 0);
}

START_TEST(there_may_be_no_process)
{
	load->done(load, 0);
	sums_are(0);
	told_wait();
	ck_assert_int_eq(error, 0);
}

START_TEST(wrong_sums_end_the_load)
{
	sums_are(-EBADMSG);
	told_wait();
	ck_assert_int_eq(error, -EBADMSG);
	ck_assert_uint_eq(cancelled, 1);
}

START_TEST(a_process_that_ends_meanwhile)
{
	instance.process = (struct nfhad_process *)&instance;
	load->done(load, 0);
	turns();
	instance.process = NULL;
	sums_are(0);
	told_wait();
	ck_assert_int_eq(error, -ECHILD);
}

/* The sums say more of why it has ended. */
START_TEST(a_process_of_a_damaged_image_ends)
{
	instance.process = (struct nfhad_process *)&instance;
	load->done(load, 0);
	instance.process = NULL;
	sums_are(-EBADMSG);
	told_wait();
	ck_assert_int_eq(error, -EBADMSG);
}

START_TEST(what_is_sealed_is_not_summed_again)
{
	nfhad_loading_cancel(loading);
	cancelled = 0;
	sealed = true;
	begin();
	load->done(load, 0);
	told_wait();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(cancelled, 0);
}

START_TEST(what_cannot_be_loaded_is_summed_next_time)
{
	nfhad_loading_cancel(loading);
	sealed = true;
	begin();
	load->done(load, -EIO);
	told_wait();
	ck_assert_int_eq(error, -EIO);
	ck_assert(!sealed);
}

/* A standby has time. */
START_TEST(a_recovery_has_none)
{
	ck_assert(!load->urgent);
	nfhad_loading_cancel(loading);
	instance.recovery = (struct nfhad_recovery *)&instance;
	begin();
	ck_assert(load->urgent);
}

UNIT_MAIN_FIXTURE("loading", setup, teardown, both_are_waited_for,
		  there_may_be_no_process, wrong_sums_end_the_load,
		  a_process_that_ends_meanwhile,
		  a_process_of_a_damaged_image_ends,
		  what_is_sealed_is_not_summed_again,
		  what_cannot_be_loaded_is_summed_next_time,
		  a_recovery_has_none)
