// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// What the bundle's init needs and Swift cannot do: a fork with work between it and the exec, and signal handlers.

#ifndef BOTTLE_SIDECAR_H
#define BOTTLE_SIDECAR_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/// Starts `path` with exactly this environment, stdin at its end, stdout on `output`, stderr on `errors`, no other descriptor.
/// On Linux the child dies with the calling thread. Returns the child's pid, or -1 with errno.
static inline pid_t sidecar_spawn(const char *path, char *const argv[], char *const environment[], int input,
                                  int output, int errors) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) return child;
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    // The parent may have died before the line above.
    if (getppid() != parent) _exit(126);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int reset[] = {SIGPIPE, SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++) signal(reset[i], SIG_DFL);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) _exit(126);
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) goto closed;
#endif
    for (int descriptor = 3; descriptor < 1024; descriptor++) close(descriptor);
#ifdef SYS_close_range
closed:
#endif
    execve(path, argv, environment);
    _exit(127);
}

static int sidecar_signal_descriptor = -1;

static void sidecar_note_signal(int number) {
    int saved = errno;
    char byte = (char)number;
    // A full pipe means that the reader has enough to wake up for.
    ssize_t ignored = write(sidecar_signal_descriptor, &byte, 1);
    (void)ignored;
    errno = saved;
}

/// From now on SIGCHLD, SIGTERM and SIGINT each write their number to `descriptor`, which must not block.
static inline void sidecar_report_signals(int descriptor) {
    sidecar_signal_descriptor = descriptor;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = sidecar_note_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    // Whoever started us may have had them blocked, and that is inherited.
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_UNBLOCK, &wanted, NULL);
}

static void sidecar_exit_cleanly(int number) {
    (void)number;
    _exit(0);
}

/// A daemon ends with status 0 when asked to; nothing it holds needs saving.
static inline void sidecar_exit_on_termination(void) {
    signal(SIGTERM, sidecar_exit_cleanly);
    signal(SIGINT, sidecar_exit_cleanly);
    signal(SIGPIPE, SIG_IGN);
}

/// A TCP connection to a port of 127.0.0.1 on which every operation ends within `seconds`; -1 with errno.
static inline int sidecar_connect_loopback(uint16_t port, int seconds) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) return -1;
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    struct timeval patience = {.tv_sec = seconds};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

#endif
