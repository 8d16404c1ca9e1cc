// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// The mount interface of Linux 5.12 and later; results as in LauncherSystem.h.

#pragma once
#if defined(__linux__)
#include <stddef.h>
#include <stdint.h>

enum {
    launcher_mount_rdonly = 0x1,
    launcher_mount_nosuid = 0x2,
    launcher_mount_nodev = 0x4,
    launcher_mount_noexec = 0x8,
};

int launcher_make_private(void);
// A detached copy of a mount tree; `recursive` takes the mounts below it along.
int launcher_open_tree(const char *path, int recursive);
int launcher_set_mount(int fd, uint64_t attributes, int recursive);
int launcher_open_filesystem(const char *kind);
int launcher_configure_filesystem(int fd, const char *key, const char *value);
int launcher_create_filesystem(int fd);
int launcher_mount_filesystem(int fd, unsigned attributes);
int launcher_move_mount(int fd, int target);
int launcher_open_path(const char *path);
// Resolves as if `root` were the root directory: links in it lead nowhere else.
int launcher_open_inside(int root, const char *path, int flags, unsigned mode);
int launcher_flag_path(void);
int launcher_flag_create(void);
int launcher_make_directory(int parent, const char *name, unsigned mode);
int launcher_make_link(const char *target, int parent, const char *name);
int launcher_set_mode(int parent, const char *name, unsigned mode);
int launcher_set_owner(int parent, const char *name, unsigned owner);
// 1 for a directory, 0 for anything else.
int launcher_is_directory(int fd);
// 1 for a character device.
int launcher_is_device(int fd);
int launcher_change_to(int fd);
// Makes the current directory the root and lets go of the old one.
int launcher_pivot_here(void);
#endif
