// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "ProbeUnix.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

int probe_abstract_address(const unsigned char *name, long length, struct probe_address *address) {
    memset(address, 0, sizeof *address);
    struct sockaddr_un *local = (struct sockaddr_un *)address->storage;
    if (length < 1 || length > (long)sizeof local->sun_path - 1) return -ENAMETOOLONG;
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path + 1, name, (size_t)length);
    address->length = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    return 0;
}

static int path_address(const unsigned char *name, struct sockaddr_un *local) {
    memset(local, 0, sizeof *local);
    local->sun_family = AF_UNIX;
    if (strlen((const char *)name) >= sizeof local->sun_path) return -ENAMETOOLONG;
    strcpy(local->sun_path, (const char *)name);
    return 0;
}

int probe_listen_here(const unsigned char *name) {
    struct sockaddr_un local;
    int failure = path_address(name, &local);
    if (failure < 0) return failure;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (bind(descriptor, (struct sockaddr *)&local, sizeof local) == 0 && listen(descriptor, 4) == 0) return descriptor;
    failure = -errno;
    close(descriptor);
    return failure;
}

int probe_unlink_here(const unsigned char *name) { return unlink((const char *)name) < 0 ? -errno : 0; }

int probe_enter_directory(int directory) { return fchdir(directory) < 0 ? -errno : 0; }

int probe_connect_here(const unsigned char *name) {
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    struct sockaddr_un local;
    int failure = path_address(name, &local);
    for (unsigned index = 0; failure == 0 && index < sizeof types / sizeof *types; index++) {
        int descriptor = socket(AF_UNIX, types[index] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (descriptor < 0) return -errno;
        int result = connect(descriptor, (struct sockaddr *)&local, sizeof local) < 0 ? -errno : 0;
        close(descriptor);
        // Nobody takes the connection at once, but somebody is there.
        if (result == -EAGAIN) return 0;
        if (result != -EPROTOTYPE) return result;
    }
    return failure < 0 ? failure : -EPROTOTYPE;
}

int probe_may_search_here(const unsigned char *name) {
    return faccessat(AT_FDCWD, (const char *)name, X_OK, AT_EACCESS) == 0;
}

int probe_is_kernel_directory(int directory) {
    struct statfs found;
    if (fstatfs(directory, &found) < 0) return -errno;
    switch ((unsigned long)found.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case BPF_FS_MAGIC:
    case DEVPTS_SUPER_MAGIC:
        return 1;
    default:
        return 0;
    }
}

int probe_is_socket_in(int directory, const unsigned char *name) {
    struct stat found;
    if (fstatat(directory, (const char *)name, &found, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
    return S_ISSOCK(found.st_mode);
}

int probe_is_mount_in(int directory, const unsigned char *name) {
#if defined(STATX_ATTR_MOUNT_ROOT)
    struct statx found;
    memset(&found, 0, sizeof found);
    if (statx(directory, (const char *)name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &found) < 0) return -errno;
    if (!(found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)) return -ENOSYS;
    return (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
#else
    return -ENOSYS;
#endif
}
#endif
