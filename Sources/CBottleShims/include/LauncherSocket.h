// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Sockets of bottle-launcher and of its client: descriptor passing, rtnetlink; results as in LauncherSystem.h.

#pragma once
#if defined(__linux__)
#include <stddef.h>
#include <stdint.h>

enum { launcher_descriptor_limit = 16 };

int launcher_socket_pair(int packets, int *left, int *right);
// The other end of a socket pair sees no more to read.
void launcher_end_sending(int socket);
// Sends bytes, with up to 16 descriptors on the first of them.
long launcher_send(int socket, const void *bytes, size_t count, const int *descriptors, int number);
// Receives bytes and, into an array of 16, close-on-exec descriptors. -EMSGSIZE when descriptors were lost.
long launcher_receive(int socket, void *bytes, size_t count, int *descriptors, int *number);

// Networks

int launcher_netlink_socket(void);
// `family` is 4, 6, or 1 for a local one.
int launcher_plain_socket(int family, int datagram);
// A socket for nftables; needs CAP_NET_ADMIN in the network's own user namespace.
int launcher_netfilter_socket(void);
// A listening socket at a path of the file system that anybody who reaches the path may connect to.
int launcher_listen_unix(const char *path);
int launcher_accept(int socket);
int launcher_connect_unix(const char *path);
int launcher_interface_index(int socket, const char *name);
int launcher_interface_name(int socket, int index, char *name /* 16 bytes */);
#endif
