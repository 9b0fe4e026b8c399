// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into a program, it keeps that where main() would begin, and runs main() in a
 * child for each call that comes. The program is loaded once, which in an emulated
 * machine takes most of the time of a short command. lib/resident.py is who calls.
 *
 * A call is one message on the socket whose number is in NFHA_RESIDENT: the words, each
 * with its zero, and the child's three standard files. The answer is the child's
 * status as waitpid() has it. The program ends when the socket does.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL_MAX	65536
#define FILES		3

typedef int main_fn(int argc, char **argv, char **envp);
typedef int start_fn(main_fn *main, int argc, char **argv, void (*init)(void),
		     void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

/* What every program begins with, in place of the C library's. */
start_fn resident_start __asm__("__libc_start_main");

struct call {
	char text[CALL_MAX];
	char *words[CALL_MAX + 1];
	int n_words;
	int files[FILES];
};

static main_fn *program;

/* Returns false if the caller is gone, or has sent what is no call. */
static bool call_receive(int fd, struct call *call)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(call->files))];
	} control;
	struct iovec text = { call->text, sizeof(call->text) };
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *files;
	ssize_t size, at;

	do {
		size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (size < 0 && errno == EINTR);
	files = CMSG_FIRSTHDR(&message);
	if (size <= 0 || call->text[size - 1] || (message.msg_flags & MSG_TRUNC) ||
	    !files || files->cmsg_len != CMSG_LEN(sizeof(call->files)))
		return false;
	memcpy(call->files, CMSG_DATA(files), sizeof(call->files));
	call->n_words = 0;
	for (at = 0; at < size; at += strlen(call->text + at) + 1)
		call->words[call->n_words++] = call->text + at;
	call->words[call->n_words] = NULL;
	return at == size;
}

static int child_run(int fd, struct call *call, char **envp)
{
	int i;

	close(fd);
	for (i = 0; i < FILES; i++)
		if (dup2(call->files[i], i) < 0)
			return 126;
	for (i = 0; i < FILES; i++)
		close(call->files[i]);
	return program(call->n_words, call->words, envp);
}

static int serve(int argc, char **argv, char **envp)
{
	const char *number = getenv("NFHA_RESIDENT");
	static struct call call;
	int fd, status, i;
	pid_t pid;

	if (!number)
		return program(argc, argv, envp);
	fd = atoi(number);
	while (call_receive(fd, &call)) {
		pid = fork();
		if (!pid)
			return child_run(fd, &call, envp);
		for (i = 0; i < FILES; i++)
			close(call.files[i]);
		if (pid < 0 || waitpid(pid, &status, 0) != pid ||
		    send(fd, &status, sizeof(status), MSG_NOSIGNAL) != sizeof(status))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int resident_start(main_fn *main, int argc, char **argv, void (*init)(void),
		   void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	start_fn *start = (start_fn *)dlsym(RTLD_NEXT, "__libc_start_main");

	program = main;
	return start(serve, argc, argv, init, fini, rtld_fini, stack_end);
}
