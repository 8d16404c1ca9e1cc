// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CanarySocket.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#if !defined(__linux__)
// Systems without the atomic calls; a child started in between would inherit the descriptor.
static int prepared(int descriptor) {
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0 || fcntl(descriptor, F_SETFL, O_NONBLOCK) < 0) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}
#endif

int bottle_canary_accept(int listener, struct sockaddr_storage *peer) {
    int descriptor;
    do {
        socklen_t length = sizeof *peer;
#if defined(__linux__)
        descriptor = accept4(listener, (struct sockaddr *)peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
        descriptor = accept(listener, (struct sockaddr *)peer, &length);
#endif
    } while (descriptor < 0 && errno == EINTR);
#if !defined(__linux__)
    if (descriptor >= 0) descriptor = prepared(descriptor);
#endif
    return descriptor;
}

int bottle_canary_pipe(int ends[2]) {
#if defined(__linux__)
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK);
#else
    if (pipe(ends) < 0) return -1;
    return prepared(ends[0]) < 0 || prepared(ends[1]) < 0 ? -1 : 0;
#endif
}
