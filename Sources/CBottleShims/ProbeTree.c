// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "ProbeTree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int probe_open_root(void) {
    int descriptor = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int probe_open_directory(int parent, const unsigned char *name) {
    int descriptor = openat(parent, (const char *)name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int probe_make_directory(int parent, const unsigned char *name, uint32_t mode) {
    return mkdirat(parent, (const char *)name, (mode_t)(mode & 0777)) < 0 ? -errno : 0;
}

int probe_create_in(int parent, const unsigned char *name, uint32_t mode) {
    int descriptor =
        openat(parent, (const char *)name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)(mode & 0777));
    return descriptor < 0 ? -errno : descriptor;
}

int probe_make_link(int parent, const unsigned char *name, const unsigned char *target) {
    return symlinkat((const char *)target, parent, (const char *)name) < 0 ? -errno : 0;
}

int probe_change_mode(int descriptor, uint32_t mode) {
    return fchmod(descriptor, (mode_t)(mode & 0777)) < 0 ? -errno : 0;
}

void probe_clear_umask(void) { umask(0); }
#endif
