// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "ProbeFile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int probe_convert_status(const struct stat *from, struct probe_status *status) {
    status->size = (uint64_t)from->st_size;
    status->uid = from->st_uid;
    status->gid = from->st_gid;
    status->mode = from->st_mode & 07777;
    status->type = S_ISREG(from->st_mode) ? 'r' : S_ISDIR(from->st_mode) ? 'd' : S_ISLNK(from->st_mode) ? 'l' : 'o';
    return 0;
}

int probe_path_status(const unsigned char *path, struct probe_status *status) {
    struct stat found;
    return lstat((const char *)path, &found) < 0 ? -errno : probe_convert_status(&found, status);
}

int probe_descriptor_status(int descriptor, struct probe_status *status) {
    struct stat found;
    return fstat(descriptor, &found) < 0 ? -errno : probe_convert_status(&found, status);
}

static int open_retrying(const unsigned char *path, int flags, mode_t mode) {
    int descriptor;
    do {
        descriptor = open((const char *)path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

int probe_open(const unsigned char *path) { return open_retrying(path, O_RDONLY | O_NONBLOCK, 0); }

int probe_create(const unsigned char *path) { return open_retrying(path, O_WRONLY | O_CREAT | O_EXCL, 0644); }

int probe_remove(const unsigned char *path) { return unlink((const char *)path) < 0 ? -errno : 0; }

long probe_read(int descriptor, unsigned char *bytes, long capacity) {
    ssize_t count;
    do {
        count = read(descriptor, bytes, (size_t)capacity);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

long probe_write(int descriptor, const unsigned char *bytes, long count) {
    ssize_t written;
    do {
        written = write(descriptor, bytes, (size_t)count);
    } while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

int probe_close(int descriptor) { return close(descriptor) < 0 ? -errno : 0; }

long probe_read_link(const unsigned char *path, unsigned char *text, long capacity) {
    ssize_t length = readlink((const char *)path, (char *)text, (size_t)capacity);
    return length < 0 ? -errno : length;
}
#endif
