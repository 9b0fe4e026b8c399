// SPDX-License-Identifier: GPL-2.0-or-later
/* The module, a driver and processes, made up. */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bed.h"
#include "decision.h"
#include "driver.h"
#include "launch.h"
#include "nfhad.h"
#include "service.h"
#include "stray.h"
#include "unit.h"
#include "world.h"

#define PATIENCE_MS 30000

struct world *world;
struct nfhad_service *service;

struct nfhad nfhad;

static struct nfhad_config whole;
static char *command[] = { "/nowhere/vnf", NULL };
static struct nfhad_instance_config places[PLACES] = {
	[A] = {
		.name = "A",
		.role = NFHAD_ROLE_ACTIVE,
		.netns = "A",
		.command = command,
	},
	[B] = { .name = "B", .role = NFHAD_ROLE_BACKUP, .netns = "B" },
	[C] = { .name = "C", .role = NFHAD_ROLE_BACKUP, .netns = "C" },
};

struct nfhad_service_config service_config;

static int place_of(const char *name)
{
	return *name - 'A';
}

struct fake *fake_of(const struct nfhad_instance *instance)
{
	return &world->fake[place_of(instance->config->name)];
}

/* Instead of launch.c and stray.c. */
static pid_t idler(bool dies)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!dies)
		pause();
	_exit(0);
}

int nfhad_launch(const char *of, const struct nfhad_instance_config *what,
		 pid_t *pid, int *pidfd)
{
	ck_assert_str_eq(of, "fw");
	ck_assert_ptr_eq(what->command, command);
	if (world->launch_error)
		return world->launch_error;
	world->launches[place_of(what->netns)]++;
	*pid = idler(world->launch_dies);
	*pidfd = pidfd_open(*pid, 0);
	return 0;
}

int nfhad_stray_kill(const char *netns)
{
	world->strays[place_of(netns)]++;
	return world->stray_error[place_of(netns)];
}

int nfhad_stray_kill_all(const char *netns)
{
	return nfhad_stray_kill(netns);
}

void __wrap_nfhad_process_kill(struct nfhad_process *process)
{
	if (world->unkillable)
		world->unkillable--;
	else
		__real_nfhad_process_kill(process);
}

/* A driver whose checkpoints have nothing in them. */
static struct sd_event_source *later[PLACES];

static int attach(struct nfhad_instance *instance)
{
	(void)instance;
	return world->attach_error;
}

static struct sd_event_source **later_of(const struct nfhad_instance *instance)
{
	return &later[place_of(instance->config->name)];
}

static void detach(struct nfhad_instance *instance)
{
	*later_of(instance) = sd_event_source_disable_unref(*later_of(instance));
}

static int on_saved(sd_event_source *source, void *data)
{
	struct nfhad_save *save = data;

	(void)source;
	detach(save->instance);
	save->done(save, 0);
	return 0;
}

static int save_now(struct nfhad_save *save)
{
	int ret = save->begin(save);

	ret = ret ? ret : save->cut(save);
	if (ret)
		return ret;
	world->saves[place_of(save->instance->config->name)]++;
	file_write(save->image->dir, "state", "state", 5);
	if (world->save_hangs)
		return 0;
	ck_assert_ptr_null(*later_of(save->instance));
	return sd_event_add_defer(event, later_of(save->instance), on_saved,
				  save) < 0 ? -ENOMEM : 0;
}

static int cancel(struct nfhad_save *save)
{
	detach(save->instance);
	return 0;
}

static int on_loaded(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_load *load = data;
	struct nfhad_instance *instance = load->instance;
	int error = 0;

	(void)usec;
	if (world->load_hangs) {
		sd_event_source_set_time_relative(source, 10000);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
		return 0;
	}
	instance->driver_data = sd_event_source_disable_unref(source);
	if (world->load_errors) {
		world->load_errors--;
		error = -EIO;
	}
	if (!error)
		error = nfhad_instance_follow(instance, idler(false), 0);
	load->done(load, error);
	return 0;
}

static void expect(struct nfhad_instance *instance,
		   const struct nfhad_image *image)
{
	world->expected[place_of(instance->config->name)] = image;
}

static int load(struct nfhad_load *load)
{
	sd_event_source *source = NULL;
	int ret;

	world->loads[place_of(load->instance->config->name)]++;
	world->loaded_epoch = load->image->epoch;
	ret = sd_event_add_time_relative(event, &source, CLOCK_MONOTONIC, 1000,
					 1, on_loaded, load);
	load->instance->driver_data = source;
	return ret < 0 ? ret : 0;
}

static void load_cancel(struct nfhad_load *load)
{
	load->instance->driver_data =
		sd_event_source_disable_unref(load->instance->driver_data);
}

static int resume(struct nfhad_instance *instance)
{
	return instance->process || world->resumes_nothing ? 0 : -ESRCH;
}

const struct nfhad_driver nfhad_driver_criu = {
	.name = "criu",
	.attach = attach,
	.detach = detach,
	.save = save_now,
	.cancel = cancel,
	.expect = expect,
	.load = load,
	.load_cancel = load_cancel,
	.resume = resume,
};

const struct nfhad_driver nfhad_driver_conntrack = { .name = "conntrack" };
const struct nfhad_driver nfhad_driver_exec = { .name = "exec" };

void world_setup(void)
{
	int n;

	bed_setup();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", "/run", "tmpfs", 0, NULL), 0);
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(world, MAP_FAILED);
	for (n = 0; n < PLACES; n++)
		world->fake[n].e = (struct nfha_epoch){
			.recovery = NFHA_RECOVERY_BUFFER,
			.epoch = 1,
		};
	world->fake[A].owns = true;
	service_config = (struct nfhad_service_config){
		.name = "fw",
		.driver = NFHAD_DRIVER_CRIU,
		.scheme = NFHAD_SCHEME_COLD,
		.interval_ms = 20,
		.timeout_ms = 20000,
		.instance = places,
		.instances = PLACES,
	};
	whole = (struct nfhad_config){ .dead_man_ms = 90 };
	nfhad = (struct nfhad){
		.event = event,
		.config = &whole,
		.store = store,
		.decisions = nfhad_decisions_new(),
	};
	ck_assert_ptr_nonnull(nfhad.decisions);
	silence();
}

void world_teardown(void)
{
	if (service)
		daemon_end();
	nfhad_decisions_free(nfhad.decisions);
	munmap(world, sizeof(*world));
	bed_teardown();
}

void daemon_begin(void)
{
	service = nfhad_service_new(&nfhad, &whole, &service_config);
	ck_assert_ptr_nonnull(service);
	nfhad.services = 1;
	nfhad.service = &service;
	nfhad_service_start(service);
}

void daemon_end(void)
{
	nfhad.services = 0;
	nfhad_service_free(service);
	service = NULL;
}

struct nfhad_instance *at(int place)
{
	return &service->instance[place];
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

void run_ms(unsigned int ms)
{
	uint64_t end = now_ms() + ms;

	while (now_ms() < end)
		sd_event_run(event, 10000);
}

void wait_state(int place, enum nfhad_instance_state state)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (at(place)->state != state && now_ms() < end)
		sd_event_run(event, 100000);
	ck_assert_int_eq(at(place)->state, state);
}

void wait_said(const char *what)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (!said(what) && now_ms() < end)
		sd_event_run(event, 100000);
	ck_assert_msg(said(what), "has not said \"%s\"", what);
}

void wait_commits(int place, unsigned int commits)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (world->fake[place].commits < commits && now_ms() < end)
		sd_event_run(event, 100000);
	ck_assert_uint_ge(world->fake[place].commits, commits);
}

void process_end(int place)
{
	ck_assert_ptr_nonnull(at(place)->process);
	kill(nfhad_process_pid(at(place)->process), SIGKILL);
}
