/*
 * floor: what any runner of processes has to pay at least.
 *
 *   floor SHELL JOBS LOGDIR FILE  runs each line of FILE as `SHELL -c LINE`,
 *                                 JOBS at a time, in order, each with a new log.
 *   floor -p JOBS COUNT           runs /bin/true COUNT times, and prints how many
 *                                 nanoseconds one took: how quiet the machine is.
 *
 * It knows nothing of dependencies: the caller lists what may run side by side.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void die(const char *what) {
	perror(what);
	exit(1);
}

/* reap waits for one child; a child that failed ends the whole run. */
static void reap(void) {
	int status;
	if (wait(&status) < 0) die("floor: wait");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "floor: a command failed\n");
		exit(1);
	}
}

static void spawn(char *const argv[], const char *log) {
	posix_spawn_file_actions_t actions;
	pid_t pid;
	posix_spawn_file_actions_init(&actions);
	if (log) {
		posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		posix_spawn_file_actions_adddup2(&actions, 1, 2);
	}
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0) die("floor: posix_spawn");
	posix_spawn_file_actions_destroy(&actions);
}

static void commands(char *shell, int jobs, const char *dir, const char *file) {
	char *line = NULL, log[4096];
	size_t size = 0;
	ssize_t length;
	int running = 0, n = 0;
	FILE *in = fopen(file, "r");
	if (!in) die(file);
	while ((length = getline(&line, &size, in)) > 0) {
		if (line[length - 1] == '\n') line[length - 1] = 0;
		if (running == jobs) {
			reap();
			running--;
		}
		snprintf(log, sizeof log, "%s/%d.log", dir, n++);
		spawn((char *const[]){shell, "-c", line, NULL}, log);
		running++;
	}
	for (; running > 0; running--) reap();
}

static void probe(int jobs, int count) {
	struct timespec from, to;
	int running = 0;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < count; i++) {
		if (running == jobs) {
			reap();
			running--;
		}
		spawn((char *const[]){"/bin/true", NULL}, NULL);
		running++;
	}
	for (; running > 0; running--) reap();
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%lld\n", ((to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec)) / count);
}

int main(int argc, char **argv) {
	if (argc == 4 && strcmp(argv[1], "-p") == 0) {
		probe(atoi(argv[2]), atoi(argv[3]));
	} else if (argc == 5) {
		commands(argv[1], atoi(argv[2]), argv[3], argv[4]);
	} else {
		fprintf(stderr, "usage: floor SHELL JOBS LOGDIR FILE | floor -p JOBS COUNT\n");
		return 2;
	}
	return 0;
}
