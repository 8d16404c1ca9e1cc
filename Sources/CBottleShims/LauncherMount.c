// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE 1
#include "LauncherMount.h"
#include "LauncherResult.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// By number because older C libraries lack them.
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

int launcher_make_private(void) { return (int)launcher_result(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0)); }
// A detached copy of a mount tree; `recursive` takes the mounts below it along.
int launcher_open_tree(const char *path, int recursive) {
    return (int)launcher_result(syscall(SYS_open_tree, AT_FDCWD, path,
        1 /* OPEN_TREE_CLONE */ | O_CLOEXEC | (recursive ? 0x8000 /* AT_RECURSIVE */ : 0)));
}
int launcher_set_mount(int fd, uint64_t attributes, int recursive) {
    struct { uint64_t set, clear, propagation, user; } change = {.set = attributes};
    int flags = AT_EMPTY_PATH | (recursive ? 0x8000 /* AT_RECURSIVE */ : 0);
    return (int)launcher_result(syscall(SYS_mount_setattr, fd, "", flags, &change, sizeof change));
}
int launcher_open_filesystem(const char *kind) {
    return (int)launcher_result(syscall(SYS_fsopen, kind, 1 /* FSOPEN_CLOEXEC */));
}
int launcher_configure_filesystem(int fd, const char *key, const char *value) {
    return (int)launcher_result(syscall(SYS_fsconfig, fd, 1 /* FSCONFIG_SET_STRING */, key, value, 0));
}
int launcher_create_filesystem(int fd) {
    return (int)launcher_result(syscall(SYS_fsconfig, fd, 6 /* FSCONFIG_CMD_CREATE */, 0, 0, 0));
}
int launcher_mount_filesystem(int fd, unsigned attributes) {
    return (int)launcher_result(syscall(SYS_fsmount, fd, 1 /* FSMOUNT_CLOEXEC */, attributes));
}
int launcher_move_mount(int fd, int target) {
    return (int)launcher_result(syscall(SYS_move_mount, fd, "", target, "", 0x4 | 0x40 /* both paths empty */));
}
int launcher_open_path(const char *path) {
    return (int)launcher_result(open(path, O_PATH | O_CLOEXEC));
}
// Resolves as if `root` were the root directory: links in it lead nowhere else.
int launcher_open_inside(int root, const char *path, int flags, unsigned mode) {
    struct { uint64_t flags, mode, resolve; } how = {
        .flags = (uint64_t)(flags | O_CLOEXEC), .mode = mode, .resolve = 0x10 /* RESOLVE_IN_ROOT */};
    return (int)launcher_result(syscall(SYS_openat2, root, path, &how, sizeof how));
}
int launcher_flag_path(void) { return O_PATH; }
int launcher_flag_create(void) { return O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW; }
int launcher_make_directory(int parent, const char *name, unsigned mode) {
    return (int)launcher_result(mkdirat(parent, name, mode));
}
int launcher_make_link(const char *target, int parent, const char *name) {
    return (int)launcher_result(symlinkat(target, parent, name));
}
int launcher_set_mode(int parent, const char *name, unsigned mode) {
    return (int)launcher_result(fchmodat(parent, name, mode, 0));
}
int launcher_set_owner(int parent, const char *name, unsigned owner) {
    return (int)launcher_result(fchownat(parent, name, owner, owner, AT_SYMLINK_NOFOLLOW));
}
// 1 for a directory, 0 for anything else.
int launcher_is_directory(int fd) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -errno;
    return S_ISDIR(status.st_mode) ? 1 : 0;
}
// 1 for a character device.
int launcher_is_device(int fd) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -errno;
    return S_ISCHR(status.st_mode) ? 1 : 0;
}
int launcher_change_to(int fd) { return (int)launcher_result(fchdir(fd)); }
// Makes the current directory the root and lets go of the old one.
int launcher_pivot_here(void) {
    if (syscall(SYS_pivot_root, ".", ".") < 0) return -errno;
    if (umount2(".", MNT_DETACH) < 0) return -errno;
    return (int)launcher_result(chdir("/"));
}
#endif
