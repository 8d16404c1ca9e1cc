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
    uint32_t timed_out;
    // Any other error.
    uint32_t failed;
};

// Connects to every port from first to last, at most 256 at a time and each for a second at most, and ends at the
// deadline in any case. Calls back with every port that accepted. A negative errno when no socket can be had.
int probe_sweep_ports(const struct probe_address *address, uint16_t first, uint16_t last, uint64_t deadline,
                      struct probe_sweep *result, void (*visit)(void *context, uint16_t port), void *context);

#pragma clang assume_nonnull end
#endif
