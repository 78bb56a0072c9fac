/*
 * measure: runs one program and says what it cost.
 *
 *   measure time  SECONDS REPORT LOG PROGRAM ARG...
 *   measure count SECONDS REPORT LOG PROGRAM ARG...
 *
 * "time" writes to REPORT: wall (ns), user and system time (us) of the program
 * and all it waited for, and the peak memory (KiB) of the largest of them.
 * "count" writes how many processes and threads were made and how many programs
 * were executed below PROGRAM, its own process and program not counted. It asks
 * the kernel to report each fork, vfork, clone and exec (ptrace), so that none
 * is missed; that takes time, therefore nothing is timed then.
 *
 * Standard output goes to LOG, standard error to LOG.err. After SECONDS, and
 * when measure is interrupted, the program's process group is killed.
 *
 * This is C so that the memory of the one who measures does not show: a child
 * that was made by vfork starts with the peak of its parent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static volatile pid_t child;
static volatile sig_atomic_t stopped;

static void stop(int sig) {
	stopped = sig;
	if (child > 0) kill(-child, SIGKILL);
}

static void die(const char *what) {
	perror(what);
	if (child > 0) kill(-child, SIGKILL);
	exit(125);
}

static int failed(int status) { return !WIFEXITED(status) || WEXITSTATUS(status) != 0; }

/* finish writes the report's status last; a report without it is not whole. */
static int finish(FILE *report, int status) {
	fprintf(report, "status %d\nstopped %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), (int)stopped);
	if (fclose(report) != 0) die("measure: report");
	return failed(status) || stopped;
}

static int timed(FILE *report, const char *out, const char *err, char **argv) {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	struct timespec from, to;
	struct rusage use;
	int status;
	pid_t pid;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	posix_spawn_file_actions_addopen(&actions, 2, err, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	clock_gettime(CLOCK_MONOTONIC, &from);
	if ((errno = posix_spawn(&pid, argv[0], &actions, &attributes, argv, environ)) != 0) die(argv[0]);
	child = pid;
	while (wait4(pid, &status, 0, &use) < 0)
		if (errno != EINTR) die("measure: wait4");
	clock_gettime(CLOCK_MONOTONIC, &to);
	fprintf(report, "wall %lld\ncpu %lld\nrss %ld\n",
		(to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec),
		(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000LL + use.ru_utime.tv_usec + use.ru_stime.tv_usec,
		use.ru_maxrss);
	return finish(report, status);
}

/* redirect is the child's side of count: it waits until it is watched. */
static void redirect(int gate, const char *out, const char *err, char **argv) {
	char byte;
	int null = open("/dev/null", O_RDONLY);
	int fd1 = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	int fd2 = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (null < 0 || fd1 < 0 || fd2 < 0) _exit(125);
	setpgid(0, 0);
	if (read(gate, &byte, 1) != 1) _exit(125);
	dup2(null, 0);
	dup2(fd1, 1);
	dup2(fd2, 2);
	close(null);
	close(fd1);
	close(fd2);
	close(gate);
	execve(argv[0], argv, environ);
	_exit(127);
}

/* watch starts the program with the kernel reporting on it and all below. */
static pid_t watch(const char *out, const char *err, char **argv) {
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int gate[2];
	if (pipe2(gate, O_CLOEXEC) < 0) die("measure: pipe");
	pid_t pid = fork();
	if (pid < 0) die("measure: fork");
	if (pid == 0) {
		close(gate[1]);
		redirect(gate[0], out, err, argv);
	}
	setpgid(pid, pid);
	child = pid;
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0) die("measure: ptrace");
	if (write(gate[1], "x", 1) != 1) die("measure: start");
	close(gate[0]);
	close(gate[1]);
	return pid;
}

/* go_on lets a stopped tracee continue as if nobody watched. */
static void go_on(pid_t pid, int sig, int event) {
	int stopping = sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
	if (event == PTRACE_EVENT_STOP && stopping)
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
	else
		ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(event ? 0 : sig));
}

static int counted(FILE *report, const char *out, const char *err, char **argv) {
	long processes = 0, threads = 0, execs = -1; /* the program's own exec is not counted */
	int status, result = 1 << 8;
	pid_t main_pid = watch(out, err, argv), pid;
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0) continue;
		if (!WIFSTOPPED(status)) {
			if (pid == main_pid) result = status;
			continue;
		}
		int event = status >> 16;
		/* The kernel says "clone" for what does not end with SIGCHLD: threads. */
		processes += event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK;
		threads += event == PTRACE_EVENT_CLONE;
		execs += event == PTRACE_EVENT_EXEC;
		go_on(pid, WSTOPSIG(status), event);
	}
	fprintf(report, "processes %ld\nthreads %ld\nexecs %ld\n", processes, threads, execs);
	return finish(report, result);
}

int main(int argc, char **argv) {
	struct sigaction action = {.sa_handler = stop};
	if (argc < 6) {
		fprintf(stderr, "usage: measure time|count SECONDS REPORT LOG PROGRAM ARG...\n");
		return 2;
	}
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	alarm((unsigned)atoi(argv[2]));
	char err[4096];
	snprintf(err, sizeof err, "%s.err", argv[4]);
	FILE *report = fopen(argv[3], "we");
	if (!report) die(argv[3]);
	return (strcmp(argv[1], "count") == 0 ? counted : timed)(report, argv[4], err, argv + 5);
}
