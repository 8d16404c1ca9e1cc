// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Sockets of the local machine for the guest probe: abstract names, and paths below a directory descriptor.
// Functions that can fail return a negative errno.
#pragma once
#if defined(__linux__)
#include <errno.h>
#include <stdint.h>

#include "ProbeNetwork.h"

#pragma clang assume_nonnull begin

static const int probe_error_access = EACCES;
static const int probe_error_loop = ELOOP;

// The address of an abstract name; ENAMETOOLONG when it does not fit.
int probe_abstract_address(const unsigned char *name, long length, struct probe_address *address);
// Listens at one component in the process's own directory, and again with probe_unlink_here.
int probe_listen_here(const unsigned char *name);
int probe_unlink_here(const unsigned char *name);
int probe_enter_directory(int directory);
// Connects to a socket in the process's own directory, whatever its type, and hangs up: 0 when somebody listens.
int probe_connect_here(const unsigned char *name);
// Whether this user may look names up in the process's own directory without listing it.
int probe_may_search_here(const unsigned char *name);
// 1 for the file systems in which the kernel shows itself, of which every path is generated.
int probe_is_kernel_directory(int directory);
int probe_is_socket_in(int directory, const unsigned char *name);
// 1 when the name is where something is mounted, 0 when not, -ENOSYS where the kernel cannot tell.
int probe_is_mount_in(int directory, const unsigned char *name);

#pragma clang assume_nonnull end
#endif
