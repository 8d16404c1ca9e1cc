// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// What the kernel lets a process do, for the guest probe: every attempt is made so that it changes nothing.
#pragma once
#if defined(__linux__)

#pragma clang assume_nonnull begin

// 0 where the kernel lets this process do it, else a negative errno.
struct probe_power {
    const unsigned char *name;
    int (*attempt)(void);
};

// The attempts that need a capability; the last has no name.
const struct probe_power *probe_powers(void);

// Opens a file of the kernel and closes it again without a byte read or written. 0; 1 where the null device stands in
// its place; a negative errno.
int probe_open_surface(const unsigned char *path, int for_write);
// Makes a device and removes it again: 0 or a negative errno.
int probe_make_device(void);
// Calls back with every entry of /dev that is a block device and what opening it for reading came to (0 or a negative
// errno). A negative errno when /dev cannot be looked through.
int probe_block_devices(void (*visit)(void *context, const unsigned char *name, int result), void *context);

#pragma clang assume_nonnull end
#endif
