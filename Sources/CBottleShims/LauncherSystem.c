// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE 1
#include "LauncherSystem.h"
#include "LauncherResult.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

const char *launcher_error_name(int number) {
    const char *name = strerrorname_np(number);
    return name ? name : "unknown error";
}

// Files

int launcher_open(const char *path, int flags, unsigned mode) {
    int result;
    do result = open(path, flags | O_CLOEXEC, mode); while (result < 0 && errno == EINTR);
    return (int)launcher_result(result);
}
int launcher_read_only(void) { return O_RDONLY; }
int launcher_write_only(void) { return O_WRONLY; }
int launcher_read_write_no_tty(void) { return O_RDWR | O_NOCTTY; }
long launcher_read(int fd, void *buffer, size_t count) {
    long result;
    do result = read(fd, buffer, count); while (result < 0 && errno == EINTR);
    return launcher_result(result);
}
long launcher_write(int fd, const void *buffer, size_t count) {
    long result;
    do result = write(fd, buffer, count); while (result < 0 && errno == EINTR);
    return launcher_result(result);
}
void launcher_close(int fd) { close(fd); }
int launcher_close_from(unsigned first) {
    return (int)launcher_result(syscall(SYS_close_range, first, ~0U, 0));
}
int launcher_duplicate(int fd, int minimum) {
    return (int)launcher_result(fcntl(fd, F_DUPFD_CLOEXEC, minimum));
}
int launcher_duplicate_onto(int fd, int target, int close_on_exec) {
    return (int)launcher_result(dup3(fd, target, close_on_exec ? O_CLOEXEC : 0));
}
int launcher_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}
long launcher_readlink(const char *path, char *buffer, size_t count) {
    return launcher_result(readlink(path, buffer, count));
}
// Copies from where `from` stands to its end.
int launcher_copy(int from, int to) {
    ssize_t count;
    do count = sendfile(to, from, 0, 1 << 20); while (count > 0 || (count < 0 && errno == EINTR));
    return (int)launcher_result(count);
}
int launcher_chdir(const char *path) { return (int)launcher_result(chdir(path)); }

// A wait for input; 1 ready, 0 timed out. Milliseconds.
int launcher_wait_readable(int fd, int timeout) {
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int result;
    do result = poll(&one, 1, timeout); while (result < 0 && errno == EINTR);
    return (int)launcher_result(result);
}
int launcher_hung_up(int fd) {
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, 0) > 0 && (one.revents & (POLLHUP | POLLERR)) != 0;
}
// Bit 0: first readable or closed, bit 1: second.
int launcher_wait_two(int first, int second, int timeout) {
    struct pollfd both[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    int result;
    do result = poll(both, 2, timeout); while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    return (both[0].revents != 0 ? 1 : 0) | (both[1].revents != 0 ? 2 : 0);
}
int launcher_wait_three(int first, int second, int third, int timeout) {
    struct pollfd all[3] = {
        {.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}, {.fd = third, .events = POLLIN}};
    int result;
    do result = poll(all, 3, timeout); while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    return (all[0].revents != 0 ? 1 : 0) | (all[1].revents != 0 ? 2 : 0) | (all[2].revents != 0 ? 4 : 0);
}
void launcher_make_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }
int launcher_truncate(const char *path) { return (int)launcher_result(truncate(path, 0)); }
long long launcher_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Processes

int launcher_fork(void) { return (int)launcher_result(fork()); }
_Noreturn void launcher_exit(int code) { _exit(code); }
int launcher_getpid(void) { return getpid(); }
int launcher_getppid(void) { return getppid(); }
unsigned launcher_getuid(void) { return geteuid(); }
unsigned launcher_getgid(void) { return getegid(); }
int launcher_kill(int pid, int number) { return (int)launcher_result(kill(pid, number)); }
int launcher_sigkill(void) { return SIGKILL; }
int launcher_setsid(void) { return (int)launcher_result(setsid()); }
void launcher_umask(unsigned mask) { umask(mask); }

// The pid, 0 when `hang` is 0 and none has ended, or -errno; `kind` 0 exited, 1 signalled.
int launcher_wait_child(int pid, int hang, int *kind, int *code) {
    int status = 0, result;
    do result = waitpid(pid, &status, hang ? 0 : WNOHANG); while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    *kind = WIFSIGNALED(status) ? 1 : 0;
    *code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return result;
}
// 1 when a child has been stopped and not continued since.
int launcher_is_stopped(int pid) {
    siginfo_t information;
    memset(&information, 0, sizeof information);
    if (waitid(P_PID, (id_t)pid, &information, WSTOPPED | WNOHANG | WNOWAIT) < 0) return 0;
    return information.si_pid == pid;
}
char **launcher_environment(void) { return environ; }
int launcher_execve(const char *path, char *const *argv, char *const *environment) {
    execve(path, argv, environment);
    return -errno;
}

// Signals

void launcher_default_signals(void) {
    for (int number = 1; number < 65; number++) {
        if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
}
int launcher_child_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, 0);
    return (int)launcher_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}
int launcher_ending_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, 0);
    return (int)launcher_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}
int launcher_next_signal(int fd) {
    struct signalfd_siginfo information;
    return read(fd, &information, sizeof information) == sizeof information ? (int)information.ssi_signo : 0;
}
void launcher_drain_signals(int fd) {
    struct signalfd_siginfo information;
    while (read(fd, &information, sizeof information) > 0) {}
}
void launcher_block_child_signal(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_SETMASK, &set, 0);
}
void launcher_wait_child_signal(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    siginfo_t information;
    sigwaitinfo(&set, &information);
}

int launcher_spawn(const char *path, int channel) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, channel, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    char parent[16];
    snprintf(parent, sizeof parent, "%d", getpid());
    char *arguments[] = {(char *)path, "world", parent, 0};
    char *environment[] = {0};
    pid_t process = 0;
    int result = posix_spawn(&process, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result == 0 ? process : -result;
}

int launcher_spawn_program(
    const char *path, char *const *argv, char *const *environment, const char *directory, int input, int output,
    int error) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // Out of the way first: a stream may have a number from 0 to 2 itself.
    int streams[3] = {fcntl(input, F_DUPFD_CLOEXEC, 10), fcntl(output, F_DUPFD_CLOEXEC, 10),
                      fcntl(error, F_DUPFD_CLOEXEC, 10)};
    int result = streams[0] < 0 || streams[1] < 0 || streams[2] < 0 ? EBADF : 0;
    pid_t process = 0;
    if (result == 0) {
        for (int target = 0; target < 3; target++) {
            posix_spawn_file_actions_adddup2(&actions, streams[target], target);
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        posix_spawn_file_actions_addchdir_np(&actions, directory);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
        result = posix_spawn(&process, path, &actions, &attributes, argv, environment);
    }
    for (int index = 0; index < 3; index++) {
        if (streams[index] >= 0) close(streams[index]);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result == 0 ? process : -result;
}

// Privileges

int launcher_die_with_parent(void) {
    return (int)launcher_result(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
}
int launcher_set_dumpable(int value) { return (int)launcher_result(prctl(PR_SET_DUMPABLE, value, 0, 0, 0)); }
int launcher_no_new_privileges(void) { return (int)launcher_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
int launcher_set_name(const char *name) { return (int)launcher_result(prctl(PR_SET_NAME, name, 0, 0, 0)); }
int launcher_drop_bounding(void) {
    for (int capability = 0; capability < 64; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
            if (errno == EINVAL) break;
            return -errno;
        }
    }
    return 0;
}
int launcher_drop_capabilities(void) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return -errno;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    return (int)launcher_result(syscall(SYS_capset, &header, none));
}
int launcher_drop_groups(void) { return (int)launcher_result(setgroups(0, 0)); }
int launcher_set_user(unsigned uid) { return (int)launcher_result(setresuid(uid, uid, uid)); }
int launcher_set_group(unsigned gid) { return (int)launcher_result(setresgid(gid, gid, gid)); }
int launcher_limit_core(void) {
    // 1 byte: no core file is that small, and it alone also keeps a core_pattern that is a pipe from being started.
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) < 0) return -errno;
    if (limit.rlim_max > 1) limit.rlim_max = 1;
    limit.rlim_cur = limit.rlim_max;
    return (int)launcher_result(setrlimit(RLIMIT_CORE, &limit));
}
int launcher_limit_processes(unsigned long count) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NPROC, &limit) < 0) return -errno;
    if (limit.rlim_max > count) limit.rlim_max = count;
    limit.rlim_cur = limit.rlim_max;
    return (int)launcher_result(setrlimit(RLIMIT_NPROC, &limit));
}

// Namespaces

int launcher_unshare(int flags) { return (int)launcher_result(unshare(flags)); }
int launcher_setns(int fd, int kind) { return (int)launcher_result(setns(fd, kind)); }
int launcher_set_hostname(const char *name) { return (int)launcher_result(sethostname(name, strlen(name))); }
int launcher_clone_user(void) { return CLONE_NEWUSER; }
int launcher_clone_mount(void) { return CLONE_NEWNS; }
int launcher_clone_network(void) { return CLONE_NEWNET; }
int launcher_clone_ipc(void) { return CLONE_NEWIPC; }
int launcher_clone_uts(void) { return CLONE_NEWUTS; }
int launcher_clone_cgroup(void) { return CLONE_NEWCGROUP; }
int launcher_clone_pid(void) { return CLONE_NEWPID; }
int launcher_kernel_release(char *buffer, size_t count) {
    struct utsname name;
    if (uname(&name) < 0) return -errno;
    snprintf(buffer, count, "%s", name.release);
    return 0;
}

// Terminals

int launcher_terminal_size(int terminal, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return (int)launcher_result(ioctl(terminal, TIOCSWINSZ, &size));
}
// Unlocks the slave side of a terminal and opens it.
int launcher_open_peer(int terminal) {
    int unlock = 0;
    if (ioctl(terminal, TIOCSPTLCK, &unlock) < 0) return -errno;
    return (int)launcher_result(ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}
int launcher_open_raw_terminal(int *master, int *side) {
    *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*master < 0) return -errno;
    *side = launcher_open_peer(*master);
    struct termios settings;
    if (*side < 0 || tcgetattr(*side, &settings) < 0) {
        int number = *side < 0 ? -*side : errno;
        if (*side >= 0) close(*side);
        close(*master);
        return -number;
    }
    cfmakeraw(&settings);
    tcsetattr(*side, TCSANOW, &settings);
    return 0;
}
int launcher_control_terminal(int fd) { return (int)launcher_result(ioctl(fd, TIOCSCTTY, 0)); }

// Directories: the next all-digit name as a number, 0 at the end.

void *launcher_open_processes(void) { return opendir("/proc"); }
int launcher_next_process(void *directory) {
    struct dirent *entry;
    while ((entry = readdir((DIR *)directory))) {
        int pid = atoi(entry->d_name);
        if (pid > 0) return pid;
    }
    return 0;
}
void launcher_close_processes(void *directory) { closedir((DIR *)directory); }
#endif
