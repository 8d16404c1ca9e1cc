// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// The sockets between a virtual machine and its host (AF_VSOCK), for the guest probe.
#pragma once
#if defined(__linux__)
#include "ProbeKernel.h"
#include "ProbeNetwork.h"

#pragma clang assume_nonnull begin

// What an attempt answers when the system ended the process that made it.
enum { probe_vsock_killed = 1 };

// Every way to such a socket, to the one with an empty name; each answers 0, probe_vsock_killed or a negative errno, and
// leaves nothing open.
const struct probe_power *probe_vsock_ways(void);

// How the connections to one context ended.
struct probe_vsock_count {
    uint32_t opened;
    // Answered with a reset: nobody listens there.
    uint32_t refused;
    // No way to there.
    uint32_t unreachable;
    // EACCES or EPERM: a policy spoke.
    uint32_t denied;
    // No answer.
    uint32_t silent;
    uint32_t failed;
    // The last error that is in no other count.
    int32_t error;
};

struct probe_vsock_ports {
    uint32_t first;
    uint32_t last;
};

// The context id of this machine, without a packet; a negative errno when it cannot be told.
int probe_vsock_own_context(uint32_t *context);
// An address of the family.
void probe_vsock_address(uint32_t context, uint32_t port, struct probe_address *address);
// Connects to all ports of all contexts, at most 512 at a time and each for half a second at most, and ends at the deadline
// in any case. Calls back with every port that accepted. A negative errno when no socket can be had.
int probe_vsock_sweep(const uint32_t *contexts, struct probe_vsock_count *counts, int context_count,
                      const struct probe_vsock_ports *ports, int port_count, uint64_t deadline,
                      void (*visit)(void *context, int index, uint32_t port), void *context);

#pragma clang assume_nonnull end
#endif
