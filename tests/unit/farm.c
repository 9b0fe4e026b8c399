// SPDX-License-Identifier: GPL-2.0-or-later
/* A service that is scaled, on modules that are none. */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../daemon/nfhad/kernel.c"
#include "bed.h"
#include "decision.h"
#include "farm.h"
#include "probe.h"
#include "scale.h"
#include "service.h"
#include "stray.h"
#include "tree.h"
#include "unit.h"

#define PATIENCE_MS 20000
/* Flows that begin while things are done. */
#define BIRTHS 8

struct farm *farm;
struct nfhad_service *farm_service;
struct nfhad_service_config farm_config;
struct nfhad_check_config farm_check;

static struct nfhad nfhad;
static struct nfhad_config whole;
static struct nfhad_instance_config places[PLACES];

/* Instead of probe.c and stray.c. */
struct nfhad_probe {
	sd_event_source *timer;
	nfhad_probe_fn done;
	void *data;
	bool good;
};

static int on_probe(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_probe probe = *(struct nfhad_probe *)data;

	(void)source;
	(void)usec;
	nfhad_probe_cancel(data);
	probe.done(probe.data, probe.good ? NFHAD_PROBE_GOOD : NFHAD_PROBE_BAD, "sick");
	return 0;
}

int nfhad_probe_start(sd_event *loop, const struct nfhad_probe_target *target,
		      nfhad_probe_fn done, void *data, char *why,
		      struct nfhad_probe **out)
{
	struct nfhad_probe *probe = calloc(1, sizeof(*probe));
	int place = *target->instance - 'A';

	ck_assert_ptr_nonnull(probe);
	*probe = (struct nfhad_probe){ NULL, done, data, !farm->sick[place] };
	farm->probes[place]++;
	*why = 0;
	*out = probe;
	return sd_event_add_time_relative(loop, &probe->timer, CLOCK_MONOTONIC,
					  0, 1, on_probe, probe);
}

void nfhad_probe_cancel(struct nfhad_probe *probe)
{
	if (probe)
		sd_event_source_disable_unref(probe->timer);
	free(probe);
}

int nfhad_stray_kill(const char *netns)
{
	(void)netns;
	return 0;
}

int nfhad_stray_kill_all(const char *netns)
{
	(void)netns;
	return 0;
}

struct nfhad_instance *farm_at(int place)
{
	return &farm_service->instance[place];
}

static const char *tiling_wrong(const struct farm_module *m)
{
	unsigned int n;

	if (!m->ranges || m->first[0])
		return "the ranges do not begin at 0";
	for (n = 1; n < m->ranges; n++)
		if (m->first[n] <= m->first[n - 1] || m->first[n] > 65535)
			return "the ranges do not tile R";
	return NULL;
}

static bool works(int place)
{
	return farm->state[place] == NFHAD_INSTANCE_ACTIVE;
}

static const char *instance_wrong(const struct farm_module *m, int n)
{
	if (m->state[n] == NFHA_STATE_DRAINING)
		return "one drains for ever";
	if (farm_width(m, n))
		return m->state[n] == NFHA_STATE_ACTIVE && works(n) ?
			       NULL : "one that owns a range does not work";
	if (farm->state[n] != NFHAD_INSTANCE_IDLE ||
	    m->state[n] != NFHA_STATE_STANDBY)
		return "one without a range is not at rest";
	return farm_flows_of(m, n) ? "one at rest has flows" : NULL;
}

static const char *flow_wrong(unsigned int n)
{
	const struct farm_flow *f = &farm->module[HOST].flow[n];
	int owner;

	if (!f->alive)
		return NULL;
	owner = farm_route(n);
	return owner < 0 || !works(owner) ?
		       "a flow goes to one that does not work" : NULL;
}

static bool is_told(void)
{
	const struct farm_module *m = &farm->module[HOST], *s = &farm->module[SWITCH];

	return m->ranges == s->ranges &&
	       !memcmp(m->first, s->first, m->ranges * sizeof(*m->first)) &&
	       !memcmp(m->owner, s->owner, m->ranges * sizeof(*m->owner));
}

const char *farm_wrong(void)
{
	const struct farm_module *m = &farm->module[HOST];
	const char *wrong = tiling_wrong(m);
	int n;

	for (n = 0; n < PLACES && !wrong; n++)
		wrong = instance_wrong(m, n);
	for (n = 0; n < FARM_FLOWS && !wrong; n++)
		wrong = flow_wrong(n);
	if (!wrong && !farm->steady)
		wrong = "a step does not end";
	if (!wrong && farm_config.scale.upstream.netns && !is_told())
		wrong = "the switch has other ranges";
	if (farm->broken)
		wrong = "a flow went where its state is not";
	return wrong;
}

/* Somebody waits for its end. */
static bool is_waited_for(unsigned int n)
{
	const struct farm_module *m = &farm->module[HOST], *s = &farm->module[SWITCH];
	int home = m->flow[n].home;

	return m->flow[n].alive &&
	       (farm_is_exception(m, &m->flow[n]) || farm_is_exception(s, &s->flow[n]) ||
		(home != -1 && m->state[home] == NFHA_STATE_DRAINING));
}

static bool flow_end(void)
{
	unsigned int n, m;

	for (n = 0; n < FARM_FLOWS && !farm->endless; n++) {
		if (!is_waited_for(n))
			continue;
		for (m = 0; m < MODULES; m++) {
			farm->module[m].flow[n].alive = false;
			farm->module[m].flow[n].owner = -1;
			farm->module[m].flow[n].imported = false;
		}
		return true;
	}
	return false;
}

static void note(void)
{
	int n;

	for (n = 0; n < PLACES; n++)
		farm->state[n] = farm_at(n)->state;
	farm->steady = nfhad_scale_state(farm_service) == NFHAD_SCALE_STEADY;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static void turn(void)
{
	sd_event_run(event, 2000);
	farm_packets();
	farm->changed |= flow_end();
	if (farm->changed)
		nfhad_scale_event(farm_service, NULL);
	farm->changed = false;
	note();
}

static bool is_settled(void)
{
	int n;

	for (n = 0; n < PLACES; n++)
		if (farm->state[n] != NFHAD_INSTANCE_ACTIVE &&
		    farm->state[n] != NFHAD_INSTANCE_IDLE)
			return false;
	return true;
}

static void begin(void)
{
	static struct nfhad_kernel kernel;

	bed_setup();
	kernel.commands = (struct nfha *)&farm->module[HOST];
	nfhad = (struct nfhad){
		.event = event,
		.config = &whole,
		.store = store,
		.kernel = &kernel,
		.decisions = nfhad_decisions_new(),
	};
	farm_service = nfhad_service_new(&nfhad, &whole, &farm_config);
	ck_assert_ptr_nonnull(farm_service);
	nfhad.services = 1;
	nfhad.service = &farm_service;
	nfhad_service_start(farm_service);
	note();
}

static int live(int (*act)(void), unsigned int fail_at, int fails)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	bool acted = !act, failed = !fail_at;

	begin();
	while (now_ms() < end) {
		turn();
		if (!acted && is_settled()) {
			acted = act() != -EAGAIN;
			note();
		}
		if (!failed && acted && farm->calls >= fail_at) {
			failed = true;
			farm->failed[fails] = nfhad_instance_works(farm_at(fails));
			nfhad_instance_failed(farm_at(fails), "its time has come");
			note();
		}
		if (acted && failed && is_settled() && !farm_wrong())
			return 0;
		/* It was to fail after the end. */
		if (acted && !failed && is_settled() && !farm_wrong())
			fail_at = farm->calls;
	}
	printf("# wrong: %s\n", farm_wrong());
	fflush(stdout);
	return 1;
}

int farm_run(int (*act)(void), unsigned int fail_at, int fails)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		farm->daemon = getpid();
		_exit(live(act, fail_at, fails));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void module_setup(struct farm_module *m, const char *name,
			 const char *const *names, uint32_t others)
{
	const uint32_t zero = 0;
	const int a = A;

	*m = (struct farm_module){
		.name = name,
		.names = { names[A], names[B], names[C] },
		.state = { NFHA_STATE_ACTIVE, others, others },
		.tracking = NFHA_TRACKING_FLOWS,
	};
	farm_map(m, 1, &zero, &a);
	farm_flows(m, 2);
}

void farm_setup(void)
{
	static const char *const own[] = { "A", "B", "C" };
	static const char *const far[] = { "S1", "S2", "S3" };
	int n;

	if (!farm) {
		ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
		ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE,
				       NULL), 0);
		ck_assert_int_eq(mount("none", "/tmp", "tmpfs", 0, NULL), 0);
		farm = mmap(NULL, sizeof(*farm), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		ck_assert_ptr_ne(farm, MAP_FAILED);
	} else {
		umount("/run");
	}
	/* What daemons remember goes with it. */
	ck_assert_int_eq(mount("none", "/run", "tmpfs", 0, NULL), 0);
	memset(farm, 0, sizeof(*farm));
	farm->births = BIRTHS;
	module_setup(&farm->module[HOST], "fw", own, NFHA_STATE_STANDBY);
	module_setup(&farm->module[SWITCH], "tor", far, NFHA_STATE_ACTIVE);
	module_setup(&farm->module[OTHER], "fw", own, NFHA_STATE_ACTIVE);
	for (n = 0; n < PLACES; n++)
		places[n] = (struct nfhad_instance_config){
			.name = (char *)own[n],
			.netns = (char *)own[n],
			.role = n ? NFHAD_ROLE_SPARE : NFHAD_ROLE_ACTIVE,
			.weight = 1,
			.upstream = (char *)far[n],
		};
	farm_check = (struct nfhad_check_config){
		.kind = NFHAD_CHECK_TCP,
		.address = "192.0.2.1",
		.interval_ms = 10,
		.timeout_ms = 1000,
		.failures = 2,
		.successes = 2,
	};
	farm_config = (struct nfhad_service_config){
		.name = "fw",
		.driver = NFHAD_DRIVER_NONE,
		.interval_ms = 20,
		.timeout_ms = 20000,
		.scale = {
			.detector.interval_ms = 3600000,
			.min = 1,
			.policy = NFHA_POLICY_AVOID,
		},
		.check = &farm_check,
		.checks = 1,
		.instance = places,
		.instances = PLACES,
	};
	whole = (struct nfhad_config){ .dead_man_ms = 0 };
}

void farm_teardown(void)
{
	umount("/run");
}
