// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Files and descriptors for the guest probe. Functions that can fail return a negative errno; EINTR is retried.
#pragma once
#if defined(__linux__)
#include <stdint.h>

#pragma clang assume_nonnull begin

struct probe_status {
    uint64_t size;
    uint32_t uid;
    uint32_t gid;
    // Permission bits only, 07777.
    uint32_t mode;
    // r: regular, d: directory, l: symbolic link, o: anything else.
    char type;
};

struct stat;
int probe_convert_status(const struct stat *from, struct probe_status *status);
int probe_path_status(const unsigned char *path, struct probe_status *status);
int probe_descriptor_status(int descriptor, struct probe_status *status);
// Never follows a last symbolic link and never waits for the writer of a FIFO.
int probe_open(const unsigned char *path);
// Creates a file that must not exist, mode 0644 less the umask.
int probe_create(const unsigned char *path);
int probe_remove(const unsigned char *path);
long probe_read(int descriptor, unsigned char *bytes, long capacity);
long probe_write(int descriptor, const unsigned char *bytes, long count);
int probe_close(int descriptor);
long probe_read_link(const unsigned char *path, unsigned char *text, long capacity);

#pragma clang assume_nonnull end
#endif
