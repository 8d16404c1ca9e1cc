// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Which TCP ports of an address accept a connection, for the guest probe.
#pragma once
#if defined(__linux__)
#include "ProbeNetwork.h"

#pragma clang assume_nonnull begin

// How the connections ended; the ports that were not tried are those that are in no count.
struct probe_sweep {
    uint32_t open;
    uint32_t refused;
    uint32_t unreachable;
    // EACCES or EPERM: a policy spoke.
    uint32_t denied;
    // Accepted and then ended without a byte: somebody on the way accepts before it knows whether anybody is there.
    uint32_t reset;
    uint32_t timed_out;
    // Any other error.
    uint32_t failed;
};

// Connects to every port from first to last, at most 256 at a time and each for a second at most, and ends at the
// deadline in any case. Calls back with every port that accepted. A negative errno when no socket can be had.
//
// Where settle, microseconds, is not 0, each connection may take so much longer, and a port has accepted only when the
// connection is still there after that time or has brought a byte.
int probe_sweep_ports(const struct probe_address *address, uint16_t first, uint16_t last, uint64_t deadline,
                      uint64_t settle, struct probe_sweep *result, void (*visit)(void *context, uint16_t port),
                      void *context);

#pragma clang assume_nonnull end
#endif
