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
    // Connected, and watched for its end.
    int settling;
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

// Whether a connection that settles has shown what it is; error is then 0 for one that brought something, and positive
// for one that ended.
static int has_settled(int descriptor, int *error) {
    char byte;
    ssize_t count = recv(descriptor, &byte, 1, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    *error = count > 0 ? 0 : ECONNRESET;
    return 1;
}

// Takes note of one connection that is over; error is 0 or positive.
static void count(struct attempt attempt, int error, uint64_t settle, struct probe_sweep *result,
                  void (*visit)(void *, uint16_t), void *context) {
    // The kernel connects a socket to itself when the port of its choice is the one aimed at: nobody listens there.
    if (error == 0 && probe_is_self_connected(attempt.descriptor)) error = ECONNREFUSED;
    drop(attempt.descriptor);
    switch (error) {
    case 0:
        result->open++;
        visit(context, attempt.port);
        return;
    case ECONNREFUSED: result->refused++; return;
    case ECONNRESET:
        if (settle > 0) {
            result->reset++;
        } else {
            result->failed++;
        }
        return;
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
                      uint64_t settle, struct probe_sweep *result, void (*visit)(void *, uint16_t), void *context) {
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
            struct attempt attempt = {descriptor, (uint16_t)next, now + patience + settle, 0};
            next++;
            int error = -probe_connect(descriptor, &aim);
            if (error == 0 && settle > 0 && !probe_is_self_connected(descriptor)) {
                attempt.settling = 1;
                attempt.until = now + settle;
                attempts[running++] = attempt;
            } else if (error == EINPROGRESS) {
                attempts[running++] = attempt;
            } else {
                count(attempt, error, settle, result, visit, context);
            }
        }
        if (running == 0) {
            if (now >= deadline) break;
            continue;
        }
        for (int index = 0; index < running; index++) {
            short events = attempts[index].settling ? POLLIN : POLLOUT;
            waiters[index] = (struct pollfd){.fd = attempts[index].descriptor, .events = events};
        }
        poll(waiters, (nfds_t)running, 20);
        now = probe_microseconds();
        int still = 0;
        for (int index = 0; index < running; index++) {
            struct attempt attempt = attempts[index];
            int error = 0;
            if (waiters[index].revents != 0 && attempt.settling) {
                if (has_settled(attempt.descriptor, &error)) {
                    count(attempt, error, settle, result, visit, context);
                    continue;
                }
            } else if (waiters[index].revents != 0) {
                error = -probe_pending_error(attempt.descriptor);
                if (error != 0 || settle == 0 || probe_is_self_connected(attempt.descriptor)) {
                    count(attempt, error, settle, result, visit, context);
                    continue;
                }
                attempt.settling = 1;
                attempt.until = now + settle;
            }
            if (now >= attempt.until) {
                count(attempt, attempt.settling ? 0 : ETIMEDOUT, settle, result, visit, context);
            } else if (now >= deadline) {
                count(attempt, ETIMEDOUT, settle, result, visit, context);
            } else {
                attempts[still++] = attempt;
            }
        }
        running = still;
    }
    return failure;
}
#endif
