// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Processes, time and identity for the guest probe, which is Embedded Swift and has no libc module.
// Functions that can fail return a negative errno, as the kernel does; EINTR is retried inside.
#pragma once
#if defined(__linux__)
#include <errno.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

static const int probe_error_timed_out = ETIMEDOUT;
static const int probe_error_in_progress = EINPROGRESS;
static const int probe_error_try_again = EAGAIN;
static const int probe_error_refused = ECONNREFUSED;
static const int probe_error_too_big = EFBIG;
static const int probe_error_invalid = EINVAL;
static const int probe_error_io = EIO;
static const int probe_error_exists = EEXIST;
static const int probe_error_missing = ENOENT;
static const int probe_error_protocol = EPROTO;

// The symbolic name of an error number, or NULL when it is not in the table.
const unsigned char *_Nullable probe_errno_name(int number);

// What execve gave this process, saved before main: /proc may be missing.
int probe_argument_count(void);
const unsigned char *_Nullable probe_argument(int index);
const unsigned char *_Nullable probe_variable(int index);
// The pid of the executed process, also in its forked children.
int probe_process(void);

// Ignores SIGPIPE, gives SIGCHLD its default back and makes sure that descriptors 0 to 2 exist.
void probe_prepare(void);
int probe_fork(void);
// Dies by SIGKILL when the parent does, at once when it has already, and never leaves a core file in the guest.
void probe_enter_child(int parent);
_Noreturn void probe_exit(int code);
// Returns 1 when the child is gone, with its signal (0: it exited) and exit code; 0 when it still runs.
int probe_wait(int process, int block, int *signal, int *code);
void probe_kill(int process);
// Waits for SIGTERM or SIGINT and reaps orphans meanwhile, because it may be the init of its namespace.
void probe_wait_for_termination(void);

int probe_pipe(int *read_end, int *write_end);
struct probe_waiter {
    int descriptor;
    int for_write;
    int ready;
};
// Waits until one is ready; the number of ready ones, 0 when the time is over. A null list only waits.
int probe_poll(struct probe_waiter *_Nullable waiters, int count, int milliseconds);
uint64_t probe_microseconds(void);

struct probe_identity {
    uint32_t uid;
    uint32_t gid;
    uint32_t effective_uid;
    uint32_t effective_gid;
    int terminal;
};
struct probe_identity probe_identity(void);
// The number of supplementary groups written, at most capacity.
int probe_groups(uint32_t *groups, int capacity);
int probe_host_name(unsigned char *text, int capacity);
int probe_kernel_release(unsigned char *text, int capacity);
int probe_working_directory(unsigned char *text, int capacity);
// The effective (e), permitted (p), bounding (b), inheritable (i) or ambient (a) set.
int probe_capabilities(char set, uint64_t *bits);
int probe_no_new_privileges(void);
int probe_seccomp_mode(void);

#pragma clang assume_nonnull end
#endif
