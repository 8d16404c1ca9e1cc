// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "ProbeScan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

struct probe_listing {
    DIR *stream;
};

struct probe_listing *probe_listing_open(int directory, int *error) {
    struct probe_listing *listing = malloc(sizeof *listing);
    DIR *stream = listing ? fdopendir(directory) : NULL;
    if (!stream) {
        *error = listing ? -errno : -ENOMEM;
        free(listing);
        close(directory);
        return NULL;
    }
    listing->stream = stream;
    *error = 0;
    return listing;
}

static void convert(const struct stat *from, struct probe_entry *entry) {
    entry->device = from->st_dev;
    entry->node = from->st_ino;
    entry->stands_for = from->st_rdev;
    entry->changed = from->st_ctim.tv_sec;
    entry->mode = from->st_mode & 07777;
    entry->is_loop = major(from->st_dev) == 7;
    entry->error = 0;
    switch (from->st_mode & S_IFMT) {
    case S_IFREG: entry->type = 'r'; break;
    case S_IFDIR: entry->type = 'd'; break;
    case S_IFLNK: entry->type = 'l'; break;
    case S_IFSOCK: entry->type = 's'; break;
    case S_IFBLK: entry->type = 'b'; break;
    default: entry->type = 'o';
    }
}

int probe_listing_next(struct probe_listing *listing, unsigned char *name, struct probe_entry *entry) {
    for (;;) {
        errno = 0;
        struct dirent *found = readdir(listing->stream);
        if (!found) return -errno;
        if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, "..")) continue;
        size_t length = strnlen(found->d_name, 255);
        memcpy(name, found->d_name, length);
        name[length] = 0;
        struct stat status;
        if (fstatat(dirfd(listing->stream), (const char *)name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
            memset(entry, 0, sizeof *entry);
            entry->type = 'o';
            entry->error = -errno;
        } else {
            convert(&status, entry);
        }
        return 1;
    }
}

int probe_listing_descriptor(struct probe_listing *listing) { return dirfd(listing->stream); }

void probe_listing_close(struct probe_listing *listing) {
    closedir(listing->stream);
    free(listing);
}

int probe_entry_of(int descriptor, struct probe_entry *entry) {
    struct stat status;
    if (fstat(descriptor, &status) < 0) return -errno;
    convert(&status, entry);
    return 0;
}

int probe_filesystem_of(int descriptor) {
    struct statfs status;
    if (fstatfs(descriptor, &status) < 0) return -errno;
    switch ((uint32_t)status.f_type) {
    case 0x9fa0: return probe_filesystem_processes;
    case 0x62656572: // sysfs
    case 0x27e0eb:   // cgroup
    case 0x63677270: // cgroup2
    case 0x1cd1:     // devpts
    case 0x64626720: // debugfs
    case 0x74726163: // tracefs
    case 0x73636673: // securityfs
    case 0xf97cff8c: // selinuxfs
    case 0x62656570: // configfs
    case 0xcafe4a11: // bpf
    case 0x19800202: // mqueue
    case 0x6165676c: // pstore
    case 0x65735543: // fusectl
    case 0x42494e4d: // binfmt_misc
    case 0xde5e81e4: // efivarfs
    case 0x6e736673: // nsfs
        return probe_filesystem_pseudo;
    case 0xef53:     // ext2, ext3, ext4
    case 0x58465342: // xfs
    case 0x9123683e: // btrfs
    case 0xf2f52010: // f2fs
    case 0x2fc12fc1: // zfs
    case 0xca451a4e: // bcachefs
    case 0x3153464a: // jfs
    case 0x01021994: // tmpfs
    case 0x858458f6: // ramfs
    case 0x794c7630: // overlay, of layers that an engine unpacked onto one of those above
        return probe_filesystem_stamped;
    default: return probe_filesystem_other;
    }
}

long probe_read_data(int descriptor, uint64_t *offset, unsigned char *bytes, long capacity) {
    off_t start = lseek(descriptor, (off_t)*offset, SEEK_DATA);
    if (start < 0 && errno == ENXIO) return 0;
    // What knows nothing of holes is read as it is.
    if (start >= 0) *offset = (uint64_t)start;
    ssize_t count;
    do {
        count = pread(descriptor, bytes, (size_t)capacity, (off_t)*offset);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int64_t probe_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}
#endif
