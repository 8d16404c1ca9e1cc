// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Thin wrappers of system calls for bottle-launcher: each returns a value >= 0, or -errno.

#pragma once
#if defined(__linux__)
#include <stddef.h>
#include <stdint.h>

// An argument of the process, or a null pointer.
const char *launcher_argument(int index);
// Overwrites the command line that /proc shows of this process.
void launcher_forget_arguments(void);

const char *launcher_error_name(int number);

// Files

int launcher_open(const char *path, int flags, unsigned mode);
int launcher_read_only(void);
int launcher_write_only(void);
int launcher_read_write_no_tty(void);
long launcher_read(int fd, void *buffer, size_t count);
long launcher_write(int fd, const void *buffer, size_t count);
void launcher_close(int fd);
int launcher_close_from(unsigned first);
int launcher_duplicate(int fd, int minimum);
int launcher_duplicate_onto(int fd, int target, int close_on_exec);
int launcher_pipe(int *read_end, int *write_end);
long launcher_readlink(const char *path, char *buffer, size_t count);
// Copies from where `from` stands to its end.
int launcher_copy(int from, int to);
int launcher_chdir(const char *path);
// A wait for input; 1 ready, 0 timed out. Milliseconds.
int launcher_wait_readable(int fd, int timeout);
int launcher_hung_up(int fd);
// Bit 0: first readable or closed, bit 1: second.
int launcher_wait_two(int first, int second, int timeout);
// Bits 0 to 2: which of three is readable or closed; a negative descriptor never is. Milliseconds.
int launcher_wait_three(int first, int second, int third, int timeout);
void launcher_make_nonblocking(int fd);
// Empties a file that exists.
int launcher_truncate(const char *path);
long long launcher_milliseconds(void);

// Processes

int launcher_fork(void);
_Noreturn void launcher_exit(int code);
int launcher_getpid(void);
int launcher_getppid(void);
unsigned launcher_getuid(void);
unsigned launcher_getgid(void);
int launcher_kill(int pid, int number);
int launcher_sigkill(void);
int launcher_setsid(void);
void launcher_umask(unsigned mask);
// The pid, 0 when `hang` is 0 and none has ended, or -errno; `kind` 0 exited, 1 signalled.
int launcher_wait_child(int pid, int hang, int *kind, int *code);
// 1 when a child has been stopped and not continued since.
int launcher_is_stopped(int pid);
// The environment of this process.
char **launcher_environment(void);
int launcher_execve(const char *path, char *const *argv, char *const *environment);

// Signals

void launcher_default_signals(void);
int launcher_child_signals(void);
// As above, with the signals that ask a process to end.
int launcher_ending_signals(void);
// The number of the next signal that has come, 0 when there is none.
int launcher_next_signal(int fd);
void launcher_drain_signals(int fd);
void launcher_block_child_signal(void);
void launcher_wait_child_signal(void);

// Starts `path world PARENT` with `channel` as its standard input, an empty environment and its own session.
// It is killed when the calling thread ends.
int launcher_spawn(const char *path, int channel);

// Starts a program with three streams, in a session of its own and with nothing else of this process's: no other
// descriptor, no signal setting, no variable.
int launcher_spawn_program(
    const char *path, char *const *argv, char *const *environment, const char *directory, int input, int output,
    int error);

// Privileges

int launcher_die_with_parent(void);
int launcher_set_dumpable(int value);
int launcher_no_new_privileges(void);
int launcher_set_name(const char *name);
int launcher_drop_bounding(void);
int launcher_drop_capabilities(void);
int launcher_drop_groups(void);
int launcher_set_user(unsigned uid);
int launcher_set_group(unsigned gid);
int launcher_limit_core(void);
int launcher_limit_processes(unsigned long count);

// Namespaces

int launcher_unshare(int flags);
int launcher_setns(int fd, int kind);
int launcher_set_hostname(const char *name);
int launcher_clone_user(void);
int launcher_clone_mount(void);
int launcher_clone_network(void);
int launcher_clone_ipc(void);
int launcher_clone_uts(void);
int launcher_clone_cgroup(void);
int launcher_clone_pid(void);
int launcher_kernel_release(char *buffer, size_t count);

// Terminals

int launcher_terminal_size(int terminal, unsigned short rows, unsigned short columns);
// Unlocks the slave side of a terminal and opens it.
int launcher_open_peer(int terminal);
int launcher_control_terminal(int fd);
// A new terminal that changes nothing on the way: its master and its other side.
int launcher_open_raw_terminal(int *master, int *side);

// The numbers in /proc: the next one, 0 at the end.
void *launcher_open_processes(void);
int launcher_next_process(void *directory);
void launcher_close_processes(void *directory);
#endif
