// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket's clients: one that is not ours, and nfhactl. */

#include <fcntl.h>
#include <sys/wait.h>

#include "api_bed.h"
#include "bed.h"
#include "caller.h"
#include "decision.h"
#include "scaling.h"
#include "unit.h"
#include "world.h"

/* Standard output and error of a program, while the daemon goes on, and decides. It is to end
 * with this status; or it is ended when it has said @until.
 */
static const char *output_of(char *const *words, int want, const char *until)
{
	static char output[65536];
	int ends[2], status = -1;
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execv(words[0], words);
		_exit(127);
	}
	close(ends[1]);
	while ((n = read(ends[0], output + used, sizeof(output) - 1 - used))) {
		used += n > 0 ? n : 0;
		nfhad_decision_add(nfhad.decisions, "fw", "A",
				   NFHAD_ACTION_PUSH, "there was a turn");
		sd_event_run(event, n > 0 ? 0 : 10000);
		output[used] = 0;
		if (until && strstr(output, until))
			kill(pid, SIGTERM);
	}
	output[used] = 0;
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(until ? WIFSIGNALED(status) :
			      WIFEXITED(status) && WEXITSTATUS(status) == want,
		      "%s: %d: %s", words[0], status, output);
	return output;
}

/* Beside this program. */
static char *program_path(const char *name)
{
	static char whole[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", whole, PATH_MAX);

	ck_assert_int_gt(n, 0);
	whole[n] = 0;
	snprintf(strrchr(whole, '/') + 1, 32, "%s", name);
	return whole;
}

static void check_has(const char *output, const char *what)
{
	ck_assert_msg(strstr(output, what), "no \"%s\" in\n%s", what, output);
}

/* What a program says to a line of words. */
static const char *said_by(const char *program, const char *line, int want,
			   const char *until)
{
	char copy[2048], *words[64] = { program_path(program) };
	char *rest = copy, **word = words;

	snprintf(copy, sizeof(copy), "%s", line);
	while (*word)
		*++word = strsep(&rest, " ");
	return output_of(words, want, until);
}

#define FW_AND(name) " {\"service\":\"fw\",\"instance\":\"" name "\"}"

/* Whose authors have never heard of us. */
START_TEST(foreign_client)
{
	static const char calls[] =
		" " DAEMON "Status {\"service\":\"fw\"}"
		" " DAEMON "Explain {\"instance\":\"A\"}"
		" " DAEMON "Explain {\"instance\":\"Z\"}"
		" " DAEMON "Explain {\"instances\":\"A\"}"
		" " DAEMON "Stop {}"
		" " DAEMON "Checkpoint" FW_AND("A")
		" " DAEMON "Failover" FW_AND("B")
		" " DAEMON "Subscribe {}"
		" " DAEMON "Subscribe+ {}";
	char line[1024];
	const char *output;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	wait_state(B, NFHAD_INSTANCE_IDLE);
	snprintf(line, sizeof(line), "unix:%s%s", api_path, calls);
	output = said_by("tools/foreign", line, 0, NULL);
	check_has(output, "product nfhad\n");
	check_has(output, "interface io.nfha.daemon methods 8\n");
	check_has(output, "interface org.varlink.service methods 2\n");
	check_has(output, "\"name\":\"fw\"");
	check_has(output, "\"cause\":\"it has been started\"");
	check_has(output, "error io.nfha.daemon.NotFound {\"what\":\"instance\",\"name\":\"Z\"}");
	check_has(output, "InvalidParameter");
	check_has(output, "MethodNotFound");
	check_has(output, "reply {\"epoch\":");
	check_has(output, "error io.nfha.daemon.Refused {\"text\":\"instance B is idle");
	check_has(output, "ExpectedMore");
	check_has(output, "reply {\"after\":");
	check_has(output, "reply {\"decision\":");
}

/* The same of nfhactl. */
static const char *tool(const char *words, int want, const char *until)
{
	char line[256];

	snprintf(line, sizeof(line), "-s %s %s", api_path, words);
	return said_by("../nfhactl", line, want, until);
}

START_TEST(nfhactl_asks)
{
	const char *output;

	wait_state(A, NFHAD_INSTANCE_ACTIVE);
	output = tool("status", 0, NULL);
	check_has(output, "service fw  driver criu  scheme cold  scale steady  flows 12");
	check_has(output, "  A        active act");
	check_has(output, "  range 32768-65535 nobody\n");
	check_has(tool("-j status fw", 0, NULL), "\"generation\":3");
	check_has(tool("status Z", 1, NULL),
		  "nfhactl: status Z: nfhad has no service Z\n");
	output = tool("explain A service fw", 0, NULL);
	check_has(output, "instance A  service fw  role active  active for ");
	check_has(output, "activate service fw instance A: it has been started\n");
	ck_assert_str_eq(tool("scale out fw instance A", 0, NULL), "");
	ck_assert_uint_eq(scaling.outs, 1);
	ck_assert_ptr_eq(scaling.from, at(A));
	tool("drain fw instance A deadline 2s", 0, NULL);
	ck_assert_uint_eq(scaling.deadline_ms, 2000);
	tool("drain fw instance A force", 0, NULL);
	ck_assert_uint_eq(scaling.deadline_ms, NFHAD_SCALE_NOW_MS);
	scaling.error = -ERANGE;
	scaling.text = "there are as many as may be";
	ck_assert_str_eq(tool("scale in fw", 1, NULL),
			 "nfhactl: scale in fw: there are as many as may be\n");
	output = tool("checkpoint fw instance A", 0, NULL);
	check_has(output, " is committed\n");
	output = tool("events service fw", 0, ": there was a turn\n");
	check_has(output, " push service fw instance A: there was a turn\n");
	check_has(output, "nfhactl: listening\n");
}

UNIT_MAIN_FIXTURE("clients", api_setup, api_teardown, foreign_client,
		  nfhactl_asks)
