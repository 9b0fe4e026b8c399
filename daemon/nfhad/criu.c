// SPDX-License-Identifier: GPL-2.0-or-later
/* A client of CRIU's RPC that does not wait. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "criu.h"
#include "job.h"
#include "log.h"
#include "mounts.h"
#include "preload/preload.h"

/* Descriptors of the criu process; NFHAD_CRIU_NETNS_FD is one more. */
#define SOCKET_FD 3
#define SOCKET_FD_TEXT "3"
#define PRELOAD_FD 5
#define PRELOAD_PATH "/proc/self/fd/5"
#define FREE_FD 10

/* One that has nothing more to do ends when it hears so; a second is much. */
#define END_US 2000000

/* More than any message of CRIU's. */
#define MESSAGE_MAX 16384
/* Of its log that goes to ours. */
#define LOG_MAX 2000
#define LOG_LINES 8

/**
 * enum phase - how far a request is
 * @PHASE_READY: not made
 * @PHASE_BEFORE: nothing is changed yet in the process; it may be stopped
 * @PHASE_INSIDE: criu has, or may have, code of its own in the process
 * @PHASE_OVER: answered
 */
enum phase {
	PHASE_READY,
	PHASE_BEFORE,
	PHASE_INSIDE,
	PHASE_OVER,
};

/**
 * struct nfhad_criu - a criu process
 * @job: the process; NULL when it has ended
 * @options: for its start
 * @socket: to it
 * @theirs: its end of that, until it is started
 * @log: what it says on standard output and error, in memory
 * @watch: for what it answers
 * @client: who has asked
 * @type: what for
 * @phase: enum phase
 * @unwanted: nobody waits for it; freed when the process has ended
 * @end: until it is killed for that it has not, or NULL
 * @asking: the client is being asked, and may not want it any more
 */
struct nfhad_criu {
	struct nfhad_job *job;
	struct nfhad_criu_options options;
	int socket;
	int theirs;
	int log;
	sd_event_source *watch;
	struct nfhad_criu_client client;
	CriuReqType type;
	enum phase phase;
	bool unwanted;
	sd_event_source *end;
	bool asking;
};

static int preload_fd(void)
{
	static int fd = -1;
	size_t size = (uintptr_t)nfhad_preload_end - (uintptr_t)nfhad_preload;

	if (fd >= 0)
		return fd;
	fd = memfd_create("nfhad-criu-preload",
			  MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (write(fd, nfhad_preload, size) == (ssize_t)size &&
	    !fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK |
		   F_SEAL_GROW | F_SEAL_SEAL))
		return fd;
	close(fd);
	fd = -1;
	return -EIO;
}

/* Out of the way of the numbers that the others are to have. */
static int move_up(int *fd)
{
	if (*fd < 0)
		return 0;
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, FREE_FD);
	return *fd < 0 ? -1 : 0;
}

static int place_descriptors(const struct nfhad_criu *criu)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int theirs = criu->theirs, log = criu->log;
	int netns = criu->options.netns, preload = preload_fd();

	if (null < 0 || preload < 0 || move_up(&null) || move_up(&theirs) ||
	    move_up(&log) || move_up(&netns) || move_up(&preload))
		return -1;
	if (dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0 || dup2(theirs, SOCKET_FD) < 0 ||
	    dup2(preload, PRELOAD_FD) < 0)
		return -1;
	if (netns >= 0 && dup2(netns, NFHAD_CRIU_NETNS_FD) < 0)
		return -1;
	return 0;
}

/* In the child process. */
static int run_criu(void *data)
{
	static char * const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"LD_PRELOAD=" PRELOAD_PATH,
		NULL
	};
	struct nfhad_criu *criu = data;
	const char *argv[8] = { criu->options.program };
	size_t n = 1;

	argv[n++] = "--no-default-config";
	argv[n++] = "--log-file=-";
	if (criu->options.leave_stopped)
		argv[n++] = "--leave-stopped";
	argv[n++] = "swrk";
	argv[n++] = SOCKET_FD_TEXT;
	argv[n] = NULL;
	/* Killed together with the daemon, it would leave a VNF stopped. */
	prctl(PR_SET_PDEATHSIG, 0);
	/* What it restores inherits this, as what is launched does. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (place_descriptors(criu))
		return -errno;
	if (criu->options.mounts && nfhad_mounts_prepare()) {
		dprintf(STDERR_FILENO, "mount namespace: %s\n",
			strerror(errno));
		return -errno;
	}
	execve(criu->options.program, (char **)argv, environment);
	dprintf(STDERR_FILENO, "%s: %s\n", criu->options.program,
		strerror(errno));
	return -errno;
}

/* What fails again and again has said why. */
static int error_level(const struct nfhad_criu *criu)
{
	return criu->client.again ? LOG_DEBUG : LOG_ERR;
}

/* The last lines of criu's log, one by one. */
static void log_tail(const struct nfhad_criu *criu)
{
	char text[LOG_MAX + 1], *line, *save;
	const char *lines[LOG_LINES] = { NULL };
	off_t end = lseek(criu->log, 0, SEEK_END);
	size_t count = 0, i;
	ssize_t n;

	n = pread(criu->log, text, LOG_MAX, end > LOG_MAX ? end - LOG_MAX : 0);
	if (n <= 0)
		return;
	text[n] = '\0';
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		lines[count++ % LOG_LINES] = line;
	for (i = count > LOG_LINES ? count - LOG_LINES : 0; i < count; i++)
		nfhad_log(error_level(criu), criu->client.service,
			  criu->client.instance, "criu: %s", lines[i % LOG_LINES]);
}

static void finish(struct nfhad_criu *criu, int error, pid_t pid)
{
	if (error)
		log_tail(criu);
	criu->phase = PHASE_OVER;
	sd_event_source_set_enabled(criu->watch, SD_EVENT_OFF);
	criu->client.done(criu->client.data, error, pid);
}

/* Would its end leave code of its own in a process? A restore has made its own. */
static bool is_inside(const struct nfhad_criu *criu)
{
	return criu->phase == PHASE_INSIDE && criu->type == CRIU_REQ_TYPE__DUMP;
}

/* Criu is gone, or talks nonsense, in the middle of a request. */
static void lost(struct nfhad_criu *criu, const char *why)
{
	bool inside = is_inside(criu);

	nfhad_log(inside ? LOG_ERR : error_level(criu), criu->client.service,
		  criu->client.instance,
		  "criu: %s%s", why,
		  inside ? "; the process cannot be trusted any more" : "");
	nfhad_job_cancel(criu->job);
	criu->job = NULL;
	finish(criu, inside ? -EOWNERDEAD : -EPIPE, 0);
}

static int send_request(const struct nfhad_criu *criu, const CriuReq *request)
{
	uint8_t *buffer;
	size_t size;
	int ret = 0;

	size = criu_req__get_packed_size(request);
	buffer = malloc(size);
	if (!buffer)
		return -ENOMEM;
	criu_req__pack(request, buffer);
	if (send(criu->socket, buffer, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		ret = -errno;
	free(buffer);
	return ret;
}

/*
 * "pre-dump" comes before the tree is stopped, "network-lock" when it is; after
 * either is answered, criu may go into the tree.
 */
static void enter_phase(struct nfhad_criu *criu, const char *point)
{
	if (strcmp(point, "pre-dump") != 0)
		criu->phase = PHASE_INSIDE;
}

static void on_notify(struct nfhad_criu *criu, const CriuNotify *notify)
{
	CriuReq answer = CRIU_REQ__INIT;
	int ret;

	if (!notify || !notify->script) {
		lost(criu, "a notification without a name");
		return;
	}
	criu->asking = true;
	ret = criu->client.notify(criu->client.data, notify->script,
				  notify->has_pid ? notify->pid : 0);
	criu->asking = false;
	if (criu->unwanted) {
		nfhad_criu_leave(criu);
		return;
	}
	answer.type = CRIU_REQ_TYPE__NOTIFY;
	answer.has_notify_success = true;
	answer.notify_success = !ret;
	if (send_request(criu, &answer))
		lost(criu, "it does not hear the answer");
	else
		enter_phase(criu, notify->script);
}

static void on_answer(struct nfhad_criu *criu, const CriuResp *answer)
{
	pid_t pid = answer->restore ? answer->restore->pid : 0;

	if (answer->success) {
		finish(criu, 0, pid);
		return;
	}
	nfhad_log(error_level(criu), criu->client.service,
		  criu->client.instance,
		  "criu: failed%s%s%s",
		  answer->has_cr_errno ? ": " : "",
		  answer->has_cr_errno ? strerror(answer->cr_errno) : "",
		  answer->cr_errmsg ? ", first because of what follows" : "");
	if (answer->cr_errmsg)
		nfhad_log(error_level(criu), criu->client.service,
			  criu->client.instance,
			  "criu: %.*s",
			  (int)strcspn(answer->cr_errmsg, "\n"),
			  answer->cr_errmsg);
	finish(criu, -EIO, 0);
}

static void on_message(struct nfhad_criu *criu, const void *data, size_t size)
{
	CriuResp *message;

	message = criu_resp__unpack(NULL, size, data);
	if (!message)
		lost(criu, "an answer that is none");
	else if (message->type == CRIU_REQ_TYPE__NOTIFY)
		on_notify(criu, message->notify);
	else
		on_answer(criu, message);
	if (message)
		criu_resp__free_unpacked(message, NULL);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents,
		       void *data)
{
	struct nfhad_criu *criu = data;
	static char buffer[MESSAGE_MAX];
	ssize_t n;

	(void)revents;
	n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (criu->phase == PHASE_READY || criu->phase == PHASE_OVER)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	else if (n <= 0)
		lost(criu, "it has ended without an answer");
	else if (n > (ssize_t)sizeof(buffer))
		lost(criu, "an answer that is too long");
	else
		on_message(criu, buffer, n);
	return 0;
}

static void release(struct nfhad_criu *criu)
{
	sd_event_source_disable_unref(criu->watch);
	sd_event_source_disable_unref(criu->end);
	if (criu->socket >= 0)
		close(criu->socket);
	if (criu->theirs >= 0)
		close(criu->theirs);
	if (criu->log >= 0)
		close(criu->log);
	free(criu);
}

/* What it has said before it ended counts first. */
static void on_exit_of_criu(void *data, int error)
{
	struct nfhad_criu *criu = data;
	char byte;

	(void)error;
	criu->job = NULL;
	if (criu->unwanted) {
		release(criu);
		return;
	}
	if (criu->phase != PHASE_BEFORE && criu->phase != PHASE_INSIDE)
		return;
	if (recv(criu->socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) <= 0)
		lost(criu, "it has died");
}

static int connect_criu(sd_event *event, struct nfhad_criu *criu)
{
	int pair[2];

	criu->log = memfd_create("nfhad-criu-log", MFD_CLOEXEC);
	if (criu->log < 0 || fcntl(criu->log, F_SETFL, O_APPEND) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	criu->socket = pair[0];
	criu->theirs = pair[1];
	return sd_event_add_io(event, &criu->watch, criu->socket, EPOLLIN,
			       on_readable, criu);
}

int nfhad_criu_start(sd_event *event, const struct nfhad_criu_options *options,
		     struct nfhad_criu **out)
{
	struct nfhad_criu *criu;
	int ret;

	ret = preload_fd();
	if (ret < 0)
		return ret;
	criu = calloc(1, sizeof(*criu));
	if (!criu)
		return -ENOMEM;
	criu->options = *options;
	criu->socket = -1;
	criu->theirs = -1;
	criu->log = -1;
	ret = connect_criu(event, criu);
	if (ret >= 0)
		ret = nfhad_job_start(event, run_criu, 0, on_exit_of_criu,
				      criu, &criu->job);
	if (ret < 0) {
		nfhad_criu_free(criu);
		return ret;
	}
	close(criu->theirs);
	criu->theirs = -1;
	*out = criu;
	return 0;
}

int nfhad_criu_request(struct nfhad_criu *criu, CriuReq *request,
		       const struct nfhad_criu_client *client)
{
	CriuOpts *opts = request->opts;
	int ret;

	opts->has_notify_scripts = true;
	opts->notify_scripts = true;
	opts->has_network_lock = true;
	opts->network_lock = CRIU_NETWORK_LOCK_METHOD__NFTABLES;
	opts->has_manage_cgroups_mode = true;
	opts->manage_cgroups_mode = CRIU_CG_MODE__IGNORE;
	opts->has_log_level = true;
	opts->log_level = 1;
	criu->client = *client;
	criu->type = request->type;
	ret = send_request(criu, request);
	if (ret) {
		log_tail(criu);
		return ret;
	}
	criu->phase = PHASE_BEFORE;
	return 0;
}

void nfhad_criu_fail(struct nfhad_criu *criu, const char *why)
{
	lost(criu, why);
}

void nfhad_criu_urge(const struct nfhad_criu *criu)
{
	if (criu->job)
		nfhad_job_urge(criu->job);
}

bool nfhad_criu_is_ready(const struct nfhad_criu *criu)
{
	return criu && criu->job && criu->phase == PHASE_READY;
}

static int on_end(sd_event_source *source, uint64_t usec, void *data)
{
	struct nfhad_criu *criu = data;

	(void)source;
	(void)usec;
	nfhad_job_cancel(criu->job);
	release(criu);
	return 0;
}

/* What is at work in a VNF may take as long as it takes. */
static void expect_end(struct nfhad_criu *criu)
{
	if (criu->end || criu->phase == PHASE_BEFORE ||
	    criu->phase == PHASE_INSIDE)
		return;
	sd_event_add_time_relative(sd_event_source_get_event(criu->watch),
				   &criu->end, CLOCK_MONOTONIC, END_US, 0,
				   on_end, criu);
}

void nfhad_criu_leave(struct nfhad_criu *criu)
{
	if (!criu)
		return;
	if (criu->phase == PHASE_READY) {
		nfhad_job_abandon(criu->job);
		criu->job = NULL;
	}
	if (!criu->job && !criu->asking) {
		release(criu);
		return;
	}
	criu->unwanted = true;
	sd_event_source_set_enabled(criu->watch, SD_EVENT_OFF);
	shutdown(criu->socket, SHUT_RDWR);
	expect_end(criu);
}

int nfhad_criu_free(struct nfhad_criu *criu)
{
	bool inside;

	if (!criu)
		return 0;
	inside = criu->job && is_inside(criu);
	if (criu->phase == PHASE_BEFORE || criu->phase == PHASE_INSIDE) {
		nfhad_job_cancel(criu->job);
		criu->job = NULL;
	}
	nfhad_criu_leave(criu);
	return inside ? -EOWNERDEAD : 0;
}
