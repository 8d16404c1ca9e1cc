// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#include "ProbeProcess.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int saved_count;
static char **saved_arguments;
static char **saved_environment;
static int saved_process;

__attribute__((constructor)) static void save_invocation(int count, char **arguments, char **environment) {
    saved_count = count;
    saved_arguments = arguments;
    saved_environment = environment;
    saved_process = getpid();
}

int probe_argument_count(void) { return saved_count; }

const unsigned char *probe_argument(int index) {
    return index >= 0 && index < saved_count ? (const unsigned char *)saved_arguments[index] : NULL;
}

const unsigned char *probe_variable(int index) {
    return saved_environment != NULL ? (const unsigned char *)saved_environment[index] : NULL;
}

int probe_process(void) { return saved_process; }

void probe_prepare(void) {
    // Nobody else of the same user may read the nonces in here or write answers with them.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    // An inherited SIG_IGN would make the kernel reap the children and lose how they died.
    signal(SIGCHLD, SIG_DFL);
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0) continue;
        int stand_in = open("/dev/null", O_RDWR);
        if (stand_in < 0) stand_in = open("/", O_PATH);
        if (stand_in >= 0 && stand_in != descriptor) {
            dup2(stand_in, descriptor);
            close(stand_in);
        }
    }
}

int probe_fork(void) {
    int process = fork();
    return process < 0 ? -errno : process;
}

void probe_enter_child(int parent) {
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
}

void probe_exit(int code) { _exit(code); }

int probe_wait(int process, int block, int *signal_number, int *code) {
    int status = 0;
    int result;
    do {
        result = waitpid(process, &status, block ? 0 : WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result == 0) return 0;
    *signal_number = result > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    *code = result > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return 1;
}

void probe_kill(int process) { kill(process, SIGKILL); }

static volatile sig_atomic_t termination;

static void note_signal(int number) {
    if (number != SIGCHLD) termination = 1;
}

void probe_wait_for_termination(void) {
    const int numbers[] = {SIGTERM, SIGINT, SIGCHLD};
    sigset_t blocked, waiting;
    sigemptyset(&blocked);
    for (int index = 0; index < 3; index++) sigaddset(&blocked, numbers[index]);
    // Blocked except inside sigsuspend: a signal between the check and the wait is not lost.
    sigprocmask(SIG_BLOCK, &blocked, &waiting);
    for (int index = 0; index < 3; index++) {
        sigdelset(&waiting, numbers[index]);
        // With a handler they reach an init too, for which the kernel drops those with the default action.
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = note_signal;
        sigaction(numbers[index], &action, NULL);
    }
    while (!termination) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        if (!termination) sigsuspend(&waiting);
    }
}

int probe_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int probe_poll(struct probe_waiter *waiters, int count, int milliseconds) {
    struct pollfd list[256];
    if (count < 0 || count > 256) return -EINVAL;
    for (int index = 0; index < count; index++) {
        list[index].fd = waiters[index].descriptor;
        list[index].events = waiters[index].for_write ? POLLOUT : POLLIN;
        list[index].revents = 0;
    }
    int ready = poll(list, (nfds_t)count, milliseconds);
    // An interruption reads as "nothing ready": every caller has a deadline of its own and comes back.
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) waiters[index].ready = list[index].revents != 0;
    return ready;
}

uint64_t probe_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

struct probe_identity probe_identity(void) {
    struct probe_identity identity = {getuid(), getgid(), geteuid(), getegid(), isatty(STDIN_FILENO) ? 1 : 0};
    return identity;
}

int probe_groups(uint32_t *groups, int capacity) {
    int count = getgroups(0, NULL);
    if (count < 0) return -errno;
    gid_t *list = calloc((size_t)count + 1, sizeof(gid_t));
    if (list == NULL) return -ENOMEM;
    count = getgroups(count, list);
    int failure = errno;
    for (int index = 0; index < count && index < capacity; index++) groups[index] = list[index];
    free(list);
    if (count < 0) return -failure;
    return count < capacity ? count : capacity;
}

static int copy_text(const char *from, unsigned char *text, int capacity) {
    size_t length = strlen(from);
    if (length + 1 > (size_t)capacity) return -ENAMETOOLONG;
    memcpy(text, from, length + 1);
    return (int)length;
}

int probe_host_name(unsigned char *text, int capacity) {
    struct utsname name;
    return uname(&name) < 0 ? -errno : copy_text(name.nodename, text, capacity);
}

int probe_kernel_release(unsigned char *text, int capacity) {
    struct utsname name;
    return uname(&name) < 0 ? -errno : copy_text(name.release, text, capacity);
}

int probe_working_directory(unsigned char *text, int capacity) {
    if (getcwd((char *)text, (size_t)capacity) == NULL) return -errno;
    return (int)strlen((char *)text);
}

static int read_bits(int option, int argument, uint64_t *bits) {
    *bits = 0;
    for (int capability = 0; capability < 64; capability++) {
        int answer = option == PR_CAPBSET_READ ? prctl(PR_CAPBSET_READ, capability, 0, 0, 0)
                                               : prctl(option, argument, capability, 0, 0);
        // EINVAL is the end of the capabilities this kernel knows.
        if (answer < 0) return capability > 0 && errno == EINVAL ? 0 : -errno;
        if (answer > 0) *bits |= UINT64_C(1) << capability;
    }
    return 0;
}

int probe_capabilities(char set, uint64_t *bits) {
    if (set == 'b') return read_bits(PR_CAPBSET_READ, 0, bits);
    if (set == 'a') return read_bits(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, bits);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    memset(data, 0, sizeof data);
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    uint64_t low = set == 'e' ? data[0].effective : set == 'p' ? data[0].permitted : data[0].inheritable;
    uint64_t high = set == 'e' ? data[1].effective : set == 'p' ? data[1].permitted : data[1].inheritable;
    *bits = high << 32 | low;
    return 0;
}

int probe_no_new_privileges(void) {
    int answer = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    return answer < 0 ? -errno : answer;
}

int probe_seccomp_mode(void) {
    int answer = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    return answer < 0 ? -errno : answer;
}

#define NAMED(number) \
    case number: \
        return (const unsigned char *)#number;

const unsigned char *probe_errno_name(int number) {
    switch (number) {
        NAMED(EPERM)
        NAMED(ENOENT)
        NAMED(ESRCH)
        NAMED(EINTR)
        NAMED(EIO)
        NAMED(ENXIO)
        NAMED(E2BIG)
        NAMED(EBADF)
        NAMED(ECHILD)
        NAMED(EAGAIN)
        NAMED(ENOMEM)
        NAMED(EACCES)
        NAMED(EFAULT)
        NAMED(EBUSY)
        NAMED(EEXIST)
        NAMED(EXDEV)
        NAMED(ENODEV)
        NAMED(ENOTDIR)
        NAMED(EISDIR)
        NAMED(EINVAL)
        NAMED(ENFILE)
        NAMED(EMFILE)
        NAMED(ENOTTY)
        NAMED(ETXTBSY)
        NAMED(EFBIG)
        NAMED(ENOSPC)
        NAMED(ESPIPE)
        NAMED(EROFS)
        NAMED(EMLINK)
        NAMED(EPIPE)
        NAMED(ENAMETOOLONG)
        NAMED(ENOSYS)
        NAMED(ELOOP)
        NAMED(ENOKEY)
        NAMED(EOVERFLOW)
        NAMED(EPROTO)
        NAMED(ENOTSOCK)
        NAMED(EDESTADDRREQ)
        NAMED(EMSGSIZE)
        NAMED(EPROTOTYPE)
        NAMED(ENOPROTOOPT)
        NAMED(EPROTONOSUPPORT)
        NAMED(ESOCKTNOSUPPORT)
        NAMED(EOPNOTSUPP)
        NAMED(EPFNOSUPPORT)
        NAMED(EAFNOSUPPORT)
        NAMED(EADDRINUSE)
        NAMED(EADDRNOTAVAIL)
        NAMED(ENETDOWN)
        NAMED(ENETUNREACH)
        NAMED(ENETRESET)
        NAMED(ECONNABORTED)
        NAMED(ECONNRESET)
        NAMED(ENOBUFS)
        NAMED(EISCONN)
        NAMED(ENOTCONN)
        NAMED(ESHUTDOWN)
        NAMED(ETIMEDOUT)
        NAMED(ECONNREFUSED)
        NAMED(EHOSTDOWN)
        NAMED(EHOSTUNREACH)
        NAMED(EALREADY)
        NAMED(EINPROGRESS)
        NAMED(ESTALE)
        NAMED(EDQUOT)
        NAMED(ENONET)
        default:
            return NULL;
    }
}
#endif
