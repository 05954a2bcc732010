// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
// Running a program that reads the kernel's page tables. Its process is in them: the kernel maps a stack for it. So the
// kernel's own file must be read while that process is there, before and after its work; ptrace stops it at both points.
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static const char output[] = "/output";

static void become(char **program)
{
	int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(fd, 1);
	dup2(fd, 2);
	close(fd);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	execv(program[0], program);
	_exit(127);
}

static int is_exit_stop(int status)
{
	return status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8);
}

// Let it run from stop to stop, until it is gone. A stop that is none of ours is a signal, which it gets.
static int watch(pid_t child, struct slot *after, const char *file)
{
	int status, signal;

	for (;;) {
		if (waitpid(child, &status, 0) != child)
			return -errno;
		if (!WIFSTOPPED(status))
			return status;
		if (is_exit_stop(status))
			fill_from(after, file);
		signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		ptrace(PTRACE_CONT, child, NULL, (void *)(long)signal);
	}
}

int run_watched(struct slot *out, struct slot *before, struct slot *after, const char *file, char **program)
{
	pid_t child = fork();
	int status, err;

	if (!child)
		become(program);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	if (!WIFSTOPPED(status))
		return -ECHILD;
	fill_from(before, file);
	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACEEXIT);
	ptrace(PTRACE_CONT, child, NULL, NULL);
	status = watch(child, after, file);
	err = fill_from(out, output);
	return status < 0 ? status : err ? err : status;
}
