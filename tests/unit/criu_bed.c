// SPDX-License-Identifier: GPL-2.0-or-later
/* A criu, a kernel and a VNF that are none. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "criu_bed.h"
#include "diag.h"
#include "inspect.h"
#include "leftover.h"
#include "listener.h"
#include "mounts.h"
#include "netns.h"
#include "reopen.h"
#include "unit.h"

struct nfhad_criu crius[CRIUS_MAX];
unsigned int started;
struct nfhad_criu *asked;
struct answers answers;
struct calls calls;

struct nfhad_config whole;
struct nfhad nfhad = { .config = &whole };
struct nfhad_service_config service_config = { .name = "fw" };
struct nfhad_image image;

static struct nfhad_instance_config instance_config = { .name = "A", .netns = "vA" };
static struct nfhad_service service = { .nfhad = &nfhad, .config = &service_config };

struct nfhad_instance instance = {
	.service = &service, .config = &instance_config,
};

#define ROOT ((struct nfhad_process *)&calls)

int nfhad_criu_start(sd_event *event, const struct nfhad_criu_options *options,
		     struct nfhad_criu **criu)
{
	ck_assert_ptr_eq(event, nfhad.event);
	if (answers.start)
		return answers.start;
	ck_assert_uint_lt(started, CRIUS_MAX);
	crius[started].options = *options;
	*criu = &crius[started++];
	return 0;
}

int nfhad_criu_request(struct nfhad_criu *criu, CriuReq *request,
		       const struct nfhad_criu_client *client)
{
	const CriuOpts *opts = request->opts;

	ck_assert(criu && !criu->asked && !criu->freed);
	if (answers.request)
		return answers.request;
	criu->asked = true;
	asked = criu;
	criu->client = *client;
	criu->type = request->type;
	criu->pid = opts->pid;
	criu->images = opts->images_dir_fd;
	criu->auto_mounts = opts->auto_ext_mnt;
	criu->parent = -1;
	if (opts->n_external)
		snprintf(criu->external, sizeof(criu->external), "%s",
			 opts->external[0]);
	if (opts->parent_img)
		sscanf(opts->parent_img, "/proc/%*d/fd/%d", &criu->parent);
	if (opts->root)
		snprintf(criu->root, sizeof(criu->root), "%s", opts->root);
	return 0;
}

bool nfhad_criu_is_ready(const struct nfhad_criu *criu)
{
	return criu && !criu->asked;
}

void nfhad_criu_urge(const struct nfhad_criu *criu)
{
	((struct nfhad_criu *)criu)->urged = true;
}

int nfhad_criu_free(struct nfhad_criu *criu)
{
	if (!criu)
		return 0;
	ck_assert(!criu->freed && !criu->left);
	criu->freed = true;
	return answers.free;
}

void nfhad_criu_fail(struct nfhad_criu *criu, const char *why)
{
	ck_assert(why && criu->asked && !criu->freed);
	criu->client.done(criu->client.data, -EPIPE, 0);
}

void nfhad_criu_leave(struct nfhad_criu *criu)
{
	if (criu)
		criu->left = true;
}

int nfhad_inspect(const struct nfhad_instance *of)
{
	ck_assert_ptr_eq(of, &instance);
	return answers.inspect;
}

int nfhad_diag_open(const char *netns)
{
	ck_assert_str_eq(netns, "vA");
	return answers.diag ?: open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int nfhad_diag_queued(int diag)
{
	ck_assert_int_ge(diag, 0);
	if (calls.looks < ARRAY_SIZE(answers.queued) - 1)
		return answers.queued[calls.looks++];
	return answers.queued[calls.looks];
}

int nfhad_reopen_check(int dir, pid_t root, char *name, size_t size)
{
	ck_assert_int_eq(dir, image.dir);
	ck_assert_int_eq(root, getpid());
	snprintf(name, size, "/proc/%d/stat", root);
	return answers.reopen;
}

int nfhad_listener_touch(const char *netns)
{
	ck_assert_str_eq(netns, "vA");
	calls.touches++;
	return -EHOSTUNREACH;
}

int nfhad_netns_open(const char *name)
{
	ck_assert_str_eq(name, "vA");
	return answers.netns ?: open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int nfhad_netns_inode(int netns, ino_t *answer)
{
	ck_assert_int_ge(netns, 0);
	*answer = answers.inode;
	return 0;
}

int nfhad_mounts_in_image(int dir)
{
	ck_assert_int_eq(dir, image.dir);
	return answers.mounts;
}

int nfhad_leftover_open(pid_t pid)
{
	ck_assert_int_eq(pid, getpid());
	return open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int nfhad_leftover_remove(int directory)
{
	ck_assert_int_ge(directory, 0);
	calls.leftovers++;
	return calls.leftovers == 1 ? 1 : -EBUSY;
}

int nfhad_instance_follow(struct nfhad_instance *of, pid_t pid, uint64_t start)
{
	ck_assert_int_eq(pid, ROOT_PID);
	ck_assert_uint_eq(start, 0);
	if (!answers.follow)
		of->process = PROCESS;
	return answers.follow;
}

int nfhad_process_adopt(sd_event *event, pid_t pid, uint64_t start,
			nfhad_exit_fn exited, void *data, struct nfhad_process **process)
{
	(void)event;
	(void)start;
	ck_assert_int_eq(pid, ROOT_PID);
	calls.exited = exited;
	calls.data = data;
	*process = ROOT;
	return 0;
}

pid_t nfhad_process_pid(const struct nfhad_process *process)
{
	ck_assert_ptr_eq(process, PROCESS);
	return getpid();
}

void nfhad_process_kill(struct nfhad_process *process)
{
	ck_assert_ptr_eq(process, ROOT);
	calls.kills++;
}

int nfhad_process_signal(struct nfhad_process *process, int number)
{
	ck_assert_ptr_eq(process, PROCESS);
	calls.signal = number;
	return 0;
}

void nfhad_process_free(struct nfhad_process *process)
{
	ck_assert(!process || process == ROOT);
}
