// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Making files, directories and links below directory descriptors for the guest probe. Nothing here follows a last
// link; functions return a negative errno on failure.
#pragma once
#if defined(__linux__)
#include <errno.h>
#include <stdint.h>

#include "ProbeFile.h"

#pragma clang assume_nonnull begin

static const int probe_error_no_directory = ENOTDIR;
static const int probe_error_overflow = EOVERFLOW;

int probe_open_root(void);
// `name` is one component.
int probe_open_directory(int parent, const unsigned char *name);
// Special bits of the mode are dropped.
int probe_make_directory(int parent, const unsigned char *name, uint32_t mode);
// Creates a file that must not exist and opens it for writing.
int probe_create_in(int parent, const unsigned char *name, uint32_t mode);
int probe_make_link(int parent, const unsigned char *name, const unsigned char *target);
int probe_change_mode(int descriptor, uint32_t mode);
int probe_status_in(int parent, const unsigned char *name, struct probe_status *status);
// Never waits for the writer of a FIFO.
int probe_open_in(int parent, const unsigned char *name);
long probe_read_link_in(int parent, const unsigned char *name, unsigned char *text, long capacity);
// The names in a directory, each ended by a NUL; how many bytes that are, or -EOVERFLOW when they do not fit.
long probe_list(int directory, unsigned char *names, long capacity);
// Like probe_list, sockets and directories only, each name preceded by `s` or `d`.
long probe_list_kinds(int directory, unsigned char *names, long capacity);
// Opens a file to add to its end; one that is missing is made, 0600.
int probe_append(const unsigned char *path);
// Modes are taken as asked for from then on.
void probe_clear_umask(void);

#pragma clang assume_nonnull end
#endif
