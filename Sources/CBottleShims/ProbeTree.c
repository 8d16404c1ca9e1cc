// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "ProbeTree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

int probe_status_in(int parent, const unsigned char *name, struct probe_status *status) {
    struct stat found;
    if (fstatat(parent, (const char *)name, &found, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
    return probe_convert_status(&found, status);
}

int probe_open_in(int parent, const unsigned char *name) {
    int descriptor = openat(parent, (const char *)name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

long probe_read_link_in(int parent, const unsigned char *name, unsigned char *text, long capacity) {
    ssize_t length = readlinkat(parent, (const char *)name, (char *)text, (size_t)capacity);
    return length < 0 ? -errno : length;
}

static char kind_of(int directory, const struct dirent *entry) {
    if (entry->d_type == DT_SOCK) return 's';
    if (entry->d_type == DT_DIR) return 'd';
    if (entry->d_type != DT_UNKNOWN) return 'o';
    struct stat found;
    if (fstatat(directory, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) < 0) return 'o';
    return S_ISSOCK(found.st_mode) ? 's' : S_ISDIR(found.st_mode) ? 'd' : 'o';
}

static long list(int directory, unsigned char *names, long capacity, int with_kinds) {
    // The stream closes its descriptor, so it gets one of its own, which begins at the first name.
    int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return -errno;
    DIR *stream = fdopendir(own);
    if (!stream) {
        int number = errno;
        close(own);
        return -number;
    }
    long used = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (!entry) {
            if (errno) used = -errno;
            break;
        }
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char kind = with_kinds ? kind_of(own, entry) : 0;
        // Where nothing can be below and nothing answers, the name is not needed.
        if (kind == 'o') continue;
        long length = (long)strlen(entry->d_name) + 1;
        if (length + with_kinds > capacity - used) {
            used = -EOVERFLOW;
            break;
        }
        if (with_kinds) names[used++] = (unsigned char)kind;
        memcpy(names + used, entry->d_name, (size_t)length);
        used += length;
    }
    closedir(stream);
    return used;
}

long probe_list(int directory, unsigned char *names, long capacity) { return list(directory, names, capacity, 0); }

long probe_list_kinds(int directory, unsigned char *names, long capacity) {
    return list(directory, names, capacity, 1);
}

int probe_append(const unsigned char *path) {
    int descriptor = open(
        (const char *)path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
    return descriptor < 0 ? -errno : descriptor;
}
#endif
