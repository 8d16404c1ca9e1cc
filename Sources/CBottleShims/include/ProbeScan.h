// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Looking through whole file systems, for the guest probe. Nothing here follows a last link, waits for a writer or opens
// a device. Functions that can fail return a negative errno.
#pragma once
#if defined(__linux__)
#include <stdint.h>

#pragma clang assume_nonnull begin

struct probe_entry {
    uint64_t device;
    uint64_t node;
    // Of a device file: the device it stands for.
    uint64_t stands_for;
    // When anything about it was changed last, seconds since 1970.
    int64_t changed;
    uint32_t mode;
    // r: regular, d: directory, l: symbolic link, s: socket, b: block device, o: anything else.
    char type;
    // A device that a file stands behind: whoever made that file chose what is in it.
    char is_loop;
    // 0, or the negative errno of the attempt to learn all this.
    int error;
};

// What a file system's word is worth.
enum probe_filesystem_class {
    // Nothing of a file's contents is kept in it.
    probe_filesystem_pseudo,
    probe_filesystem_processes,
    // A kernel stamps every change with the time of it.
    probe_filesystem_stamped,
    // Times are whatever somebody wrote into an image or answers from elsewhere.
    probe_filesystem_other,
};

struct probe_listing;

// Takes the descriptor over, also when it fails. NULL with a negative errno in `error`.
struct probe_listing *_Nullable probe_listing_open(int directory, int *error);
// 1 with the next entry, 0 at the end, else a negative errno. `name` has room for 256 bytes, the NUL included.
int probe_listing_next(struct probe_listing *listing, unsigned char *name, struct probe_entry *entry);
int probe_listing_descriptor(struct probe_listing *listing);
void probe_listing_close(struct probe_listing *listing);

int probe_entry_of(int descriptor, struct probe_entry *entry);
// A probe_filesystem_class.
int probe_filesystem_of(int descriptor);
// Reads from where the first data at or after the offset is, which is then there; 0 at the end.
long probe_read_data(int descriptor, uint64_t *offset, unsigned char *bytes, long capacity);
// Seconds since 1970.
int64_t probe_clock(void);

#pragma clang assume_nonnull end
#endif
