// SPDX-License-Identifier: GPL-2.0-or-later
/* The module, a driver and processes, made up. */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
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
#include "log.h"
#include "nfhad.h"
#include "service.h"
#include "stray.h"
#include "unit.h"
#include "world.h"

#define PATIENCE_MS 30000

struct world *world;
struct nfhad_service *service;

static char text[1 << 16];
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

static struct fake *fake_of(const struct nfhad_instance *instance)
{
	return &world->fake[place_of(instance->config->name)];
}

/* Instead of log.c. */
void nfhad_log_open(bool debug)
{
	(void)debug;
}

void nfhad_log(int priority, const char *about, const char *instance,
	       const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;
	char line[512];

	(void)about;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("# <%d> %s: %s\n", priority, instance ? instance : "-", line);
	fflush(stdout);
	snprintf(text + length, sizeof(text) - length, "<%d> %s\n", priority,
		 line);
}

bool said(const char *what)
{
	return strstr(text, what);
}

void silence(void)
{
	*text = 0;
}

/* Instead of kernel.c. */
int nfhad_kernel_epoch(struct nfhad_instance *instance, struct nfha_epoch *epoch)
{
	if (fake_of(instance)->gone)
		return -EOPNOTSUPP;
	*epoch = fake_of(instance)->e;
	return 0;
}

/* What is scaled needs more than this world has. */
struct nfha *nfhad_kernel_commands(struct nfhad_kernel *kernel)
{
	(void)kernel;
	return NULL;
}

int nfhad_kernel_checked(const struct nfhad_instance *instance, int ret,
			 const char *what)
{
	(void)instance;
	(void)what;
	return ret;
}

int nfhad_kernel_begin(struct nfhad_instance *instance)
{
	struct fake *fake = fake_of(instance);

	if (fake->e.flags & NFHA_RECOVERY_FLAGS_FENCED)
		return -EBUSY;
	if (fake->e.flags & NFHA_RECOVERY_FLAGS_PLUGGED)
		return -EALREADY;
	fake->e.flags |= NFHA_RECOVERY_FLAGS_PLUGGED;
	return 0;
}

int nfhad_kernel_cut(struct nfhad_instance *instance, uint64_t *epoch)
{
	struct fake *fake = fake_of(instance);

	fake->e.flags &= ~NFHA_RECOVERY_FLAGS_PLUGGED;
	*epoch = fake->e.epoch++;
	fake->e.pending++;
	return 0;
}

int nfhad_kernel_commit(struct nfhad_instance *instance, uint64_t epoch)
{
	struct fake *fake = fake_of(instance);

	if (world->commit_error)
		return world->commit_error;
	if (epoch <= fake->e.committed || epoch >= fake->e.epoch)
		return -ENOENT;
	fake->e.committed = epoch;
	fake->e.pending = 0;
	fake->commits++;
	return world->commit_lost ? -ENOBUFS : 0;
}

int nfhad_kernel_abort(struct nfhad_instance *instance, uint64_t epoch)
{
	struct fake *fake = fake_of(instance);

	if (!epoch) {
		fake->e.flags &= ~NFHA_RECOVERY_FLAGS_PLUGGED;
		return 0;
	}
	if (!fake->e.pending)
		return -ENOENT;
	fake->e.pending--;
	fake->aborts++;
	return 0;
}

int nfhad_kernel_failover(struct nfhad_instance *master,
			  struct nfhad_instance *backup,
			  struct nfha_takeover *takeover)
{
	struct fake *from = fake_of(master), *to = fake_of(backup);

	*takeover = (struct nfha_takeover){ .complete = true };
	from->e.flags = NFHA_RECOVERY_FLAGS_FENCED;
	snprintf(from->e.backup, sizeof(from->e.backup), "%s",
		 backup->config->name);
	from->owns = false;
	to->owns = true;
	return 0;
}

int nfhad_kernel_fence(struct nfhad_instance *instance)
{
	fake_of(instance)->e.flags |= NFHA_RECOVERY_FLAGS_FENCED;
	return 0;
}

int nfhad_kernel_dead_man(struct nfhad_service *about)
{
	(void)about;
	return 0;
}

int nfhad_kernel_alive(struct nfhad_instance *instance)
{
	fake_of(instance)->alive++;
	return 0;
}

bool nfhad_kernel_owns(struct nfhad_instance *instance)
{
	return fake_of(instance)->owns;
}

bool nfhad_kernel_has_carrier(struct nfhad_instance *instance)
{
	return !fake_of(instance)->no_carrier;
}

int nfhad_kernel_stand_by(struct nfhad_instance *instance)
{
	return fake_of(instance)->owns ? -EBUSY : 0;
}

int nfhad_kernel_drain(struct nfhad_instance *instance, uint32_t deadline_ms)
{
	(void)instance;
	(void)deadline_ms;
	return 0;
}

int nfhad_kernel_activate(struct nfhad_instance *instance)
{
	(void)instance;
	return 0;
}

int nfhad_kernel_remove(struct nfhad_instance *instance,
			struct nfha_instance *old)
{
	(void)old;
	fake_of(instance)->removed++;
	return 0;
}

int nfhad_kernel_add(struct nfhad_instance *instance, struct nfha_instance *old)
{
	(void)old;
	fake_of(instance)->e = (struct nfha_epoch){
		.recovery = fake_of(instance)->e.recovery,
		.epoch = 1,
	};
	return 0;
}

int nfhad_kernel_traffic(struct nfhad_kernel *kernel, const char *about,
			 const char *instance, uint64_t *to, uint64_t *from)
{
	(void)kernel;
	(void)about;
	(void)instance;
	*to = 0;
	*from = 0;
	return 0;
}

int nfhad_kernel_service(const struct nfhad_service *about,
			 struct nfha_service *answer)
{
	(void)about;
	if (world->no_service)
		return -ENOENT;
	*answer = (struct nfha_service){
		.generation = 3,
		.flows = 12,
		.exceptions = 4,
		.ports = 1,
		.port = { { .ifname = "left0", .carrier = true } },
	};
	return 0;
}

int nfhad_kernel_map(const struct nfhad_service *about, struct nfha_map **map)
{
	struct nfha_map *m = calloc(1, sizeof(*m));

	(void)about;
	ck_assert_ptr_nonnull(m);
	m->ranges = 2;
	m->range = calloc(2, sizeof(*m->range));
	ck_assert_ptr_nonnull(m->range);
	m->range[0] = (struct nfha_range){ 0, 32767, "A" };
	m->range[1] = (struct nfha_range){ 32768, 65535, "" };
	*map = m;
	return 0;
}

/* And one that the daemon knows nothing of. */
int nfhad_kernel_instances(const struct nfhad_service *about,
			   nfha_instance_fn fn, void *data)
{
	struct nfha_instance one = { .ports = 1, .name = "Z" };
	int n;

	(void)about;
	for (n = 0; !world->no_service && n < PLACES; n++) {
		fn(&one, data);
		snprintf(one.name, sizeof(one.name), "%c", 'A' + n);
		one.state = NFHA_STATE_ACTIVE;
		one.width = world->fake[n].owns ? 65536 : 0;
		fn(&one, data);
	}
	return 0;
}

int nfhad_kernel_epochs(const struct nfhad_service *about, nfha_epoch_fn fn,
			void *data)
{
	struct nfha_epoch one;
	int n;

	(void)about;
	for (n = 0; !world->no_service && n < PLACES; n++) {
		one = world->fake[n].e;
		snprintf(one.instance, sizeof(one.instance), "%c", 'A' + n);
		fn(&one, data);
	}
	return 0;
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
	return instance->process ? 0 : -ESRCH;
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
