// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#include "ProbeSecure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { helper_network = 3, helper_status = 4, spare = 10 };

// Descriptors may sit where the helper's are to be: first out of the way, then into place.
static void become_helper(
    const char *path, int network, const char *server_name, const char *trust, const char *protocols, int stream,
    int status, int failure) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int far_network = fcntl(network, F_DUPFD_CLOEXEC, spare);
    int far_stream = fcntl(stream, F_DUPFD_CLOEXEC, spare);
    int far_status = fcntl(status, F_DUPFD_CLOEXEC, spare);
    int far_failure = fcntl(failure, F_DUPFD_CLOEXEC, spare);
    if (far_failure < 0) _exit(1);
    int number = 0;
    if (far_network < 0 || far_stream < 0 || far_status < 0 || dup2(far_stream, 0) < 0 ||
        dup2(far_network, helper_network) < 0 || dup2(far_status, helper_status) < 0) {
        number = errno;
    } else {
        char *const arguments[] = {
            (char *)"bottle-tls", (char *)server_name, (char *)trust, (char *)protocols, NULL};
        char *const environment[] = {NULL};
        execve(path, arguments, environment);
        number = errno;
    }
    (void)!write(far_failure, &number, sizeof number);
    _exit(127);
}

static void close_both(const int *ends) {
    close(ends[0]);
    close(ends[1]);
}

int probe_secure(
    const unsigned char *path, int network, const unsigned char *server_name, const unsigned char *trust,
    const unsigned char *protocols, int *stream, int *status) {
    int streams[2], statuses[2], failures[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams) < 0) return -errno;
    if (pipe2(statuses, O_CLOEXEC) < 0) {
        int number = errno;
        close_both(streams);
        return -number;
    }
    if (pipe2(failures, O_CLOEXEC) < 0) {
        int number = errno;
        close_both(streams);
        close_both(statuses);
        return -number;
    }
    int process = fork();
    if (process == 0) {
        become_helper(
            (const char *)path, network, (const char *)server_name, (const char *)trust, (const char *)protocols,
            streams[1], statuses[1], failures[1]);
    }
    int number = process < 0 ? errno : 0;
    close(streams[1]);
    close(statuses[1]);
    close(failures[1]);
    if (process > 0) {
        // Nothing comes where the helper's program runs: its descriptor is closed then.
        ssize_t count;
        do {
            count = read(failures[0], &number, sizeof number);
        } while (count < 0 && errno == EINTR);
        if (count <= 0) number = 0;
    }
    close(failures[0]);
    if (number != 0) {
        close(streams[0]);
        close(statuses[0]);
        return -number;
    }
    *stream = streams[0];
    *status = statuses[0];
    return fcntl(streams[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}
#endif
