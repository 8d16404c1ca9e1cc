// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#include "ProbeSweep.h"
#include "ProbeProcess.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { at_once = 256, patience = 1000000 };

struct attempt {
    int descriptor;
    uint16_t port;
    uint64_t until;
};

static void set_port(struct probe_address *address, uint16_t port) {
    struct sockaddr *any = (struct sockaddr *)address->storage;
    if (any->sa_family == AF_INET) ((struct sockaddr_in *)any)->sin_port = htons(port);
    if (any->sa_family == AF_INET6) ((struct sockaddr_in6 *)any)->sin6_port = htons(port);
}

// Closes with a reset, so that a sweep leaves no socket in TIME_WAIT on either side.
static void drop(int descriptor) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(descriptor);
}

// Takes note of one connection that is over; error is 0 or positive.
static void count(struct attempt attempt, int error, struct probe_sweep *result, void (*visit)(void *, uint16_t),
                  void *context) {
    // The kernel connects a socket to itself when the port of its choice is the one aimed at: nobody listens there.
    if (error == 0 && probe_is_self_connected(attempt.descriptor)) error = ECONNREFUSED;
    drop(attempt.descriptor);
    switch (error) {
    case 0:
        result->open++;
        visit(context, attempt.port);
        return;
    case ECONNREFUSED: result->refused++; return;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL: result->unreachable++; return;
    case EACCES:
    case EPERM: result->denied++; return;
    case ETIMEDOUT: result->timed_out++; return;
    default: result->failed++; return;
    }
}

int probe_sweep_ports(const struct probe_address *address, uint16_t first, uint16_t last, uint64_t deadline,
                      struct probe_sweep *result, void (*visit)(void *, uint16_t), void *context) {
    struct attempt attempts[at_once];
    struct pollfd waiters[at_once];
    struct probe_address aim = *address;
    uint32_t next = first;
    int running = 0, failure = 0;
    memset(result, 0, sizeof *result);
    while (running > 0 || (next <= last && failure == 0)) {
        uint64_t now = probe_microseconds();
        while (running < at_once && next <= last && now < deadline && failure == 0) {
            int descriptor = probe_socket(&aim, 0);
            if (descriptor < 0) {
                // Sockets that are under way give descriptors back; with none under way there are none to be had.
                if (running == 0) failure = descriptor;
                break;
            }
            set_port(&aim, (uint16_t)next);
            struct attempt attempt = {descriptor, (uint16_t)next, now + patience};
            next++;
            int error = -probe_connect(descriptor, &aim);
            if (error == EINPROGRESS) {
                attempts[running++] = attempt;
            } else {
                count(attempt, error, result, visit, context);
            }
        }
        if (running == 0) {
            if (now >= deadline) break;
            continue;
        }
        for (int index = 0; index < running; index++) {
            waiters[index] = (struct pollfd){.fd = attempts[index].descriptor, .events = POLLOUT};
        }
        poll(waiters, (nfds_t)running, 20);
        now = probe_microseconds();
        int still = 0;
        for (int index = 0; index < running; index++) {
            if (waiters[index].revents != 0) {
                count(attempts[index], -probe_pending_error(attempts[index].descriptor), result, visit, context);
            } else if (now >= attempts[index].until || now >= deadline) {
                count(attempts[index], ETIMEDOUT, result, visit, context);
            } else {
                attempts[still++] = attempts[index];
            }
        }
        running = still;
    }
    return failure;
}
#endif
