/* SPDX-License-Identifier: MIT */
/* For pipe2, without which another thread's child could inherit a pipe and keep it open. */
#define _GNU_SOURCE 1

#include "child.h"

#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FINISH_STEP_MS = 10,
    FINISH_STEPS = 500
};

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A pipe whose read end does not block. */
static bool make_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *read_end = ends[0];
    *write_end = ends[1];
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

/* Returns an errno value. */
static int spawn(pid_t *pid, const char *const *arguments, int output, int errors) {
    posix_spawn_file_actions_t actions;
    int result = posix_spawn_file_actions_init(&actions);
    if (result)
        return result;
    result = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!result)
        result = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!result)
        result = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    /* The arguments are not written to; that they are not const is history. */
    char *const *argv;
    memcpy(&argv, &arguments, sizeof argv);
    if (!result)
        result = posix_spawnp(pid, arguments[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

enum tlee_status tlee_child_start(struct tlee_child *child, const char *const *arguments,
                                  struct tlee_error *error) {
    *child = (struct tlee_child){.output = -1, .errors = -1};
    int output = -1, errors = -1, result = 0;
    pid_t pid = 0;
    if (!make_pipe(&child->output, &output) || !make_pipe(&child->errors, &errors))
        result = errno;
    if (!result)
        result = spawn(&pid, arguments, output, errors);
    close_fd(&output);
    close_fd(&errors);
    if (!result) {
        child->pid = pid;
        return TLEE_OK;
    }
    tlee_child_stop(child);
    if (result == ENOENT || result == EACCES || result == ENOTDIR)
        return tlee_fail(error, TLEE_ERR_UNSUPPORTED, -1, "the program %s cannot be run: %s",
                         arguments[0], strerror(result));
    return tlee_fail_errno(error, result, "the program %s cannot be run", arguments[0]);
}

static void keep_line(struct tlee_child *child, const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r') {
            child->line_ended = true;
            continue;
        }
        if (child->line_ended)
            child->line_length = 0;
        child->line_ended = false;
        if (child->line_length < sizeof child->line - 1)
            child->line[child->line_length++] = bytes[i];
        child->line[child->line_length] = '\0';
    }
}

/* Reads what stands in the standard error pipe, closes it at its end. No more than a pipe holds: a
 * child that never stops talking must not keep us from its output. */
static void drain_errors(struct tlee_child *child) {
    char block[4096];
    for (int blocks = 0; blocks < 16 && child->errors >= 0; blocks++) {
        ssize_t got = read(child->errors, block, sizeof block);
        if (got > 0)
            keep_line(child, block, (size_t)got);
        else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        else if (got == 0 || errno != EINTR)
            close_fd(&child->errors);
    }
}

ptrdiff_t tlee_child_read(void *cookie, unsigned char *to, size_t room) {
    struct tlee_child *child = cookie;
    for (;;) {
        struct pollfd ends[] = {{.fd = child->output, .events = POLLIN},
                                {.fd = child->errors, .events = POLLIN}};
        if (poll(ends, 2, -1) < 0 && errno != EINTR && errno != EAGAIN)
            return -1;
        drain_errors(child);
        ssize_t got = read(child->output, to, room);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
    }
}

/* Reaps the child if it has ended; options as for waitpid. True when there is none to wait for. */
static bool reap(struct tlee_child *child, int options) {
    int status;
    pid_t pid;
    if (!child->pid)
        return true;
    do
        pid = waitpid(child->pid, &status, options);
    while (pid < 0 && errno == EINTR);
    if (pid == 0)
        return false;
    child->pid = 0;
    /* Where the caller ignores SIGCHLD the system reaps, and nobody learns the status. */
    child->result = 0;
    if (pid > 0)
        child->result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

bool tlee_child_finish(struct tlee_child *child) {
    for (int step = 0; step < FINISH_STEPS && !reap(child, WNOHANG); step++) {
        struct pollfd end = {.fd = child->errors, .events = POLLIN};
        poll(&end, 1, step ? FINISH_STEP_MS : 1);
        drain_errors(child);
    }
    drain_errors(child);
    tlee_child_stop(child);
    return child->result == 0;
}

void tlee_child_stop(struct tlee_child *child) {
    if (child->pid)
        kill(child->pid, SIGKILL);
    reap(child, 0);
    close_fd(&child->output);
    close_fd(&child->errors);
}
