// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Sockets for the guest probe: numeric addresses only, never libc's resolver.
// Functions that can fail return a negative errno; every socket is nonblocking and close-on-exec.
#pragma once
#if defined(__linux__)
#include <stdint.h>

#pragma clang assume_nonnull begin

// A socket address of either family, opaque to Swift.
struct probe_address {
    uint32_t length;
    uint64_t storage[16];
};

// IPv4 or IPv6 literal, the latter with an optional %scope: EINVAL is bad text, ENODEV an unknown interface.
int probe_address_parse(const unsigned char *literal, uint16_t port, struct probe_address *address);
// Writes "ip:port" or "[ip%scope]:port"; the number of bytes.
int probe_address_format(const struct probe_address *address, unsigned char *text, int capacity);
int probe_address_port(const struct probe_address *address);

// Datagram sockets report every ICMP error and may send to a broadcast address.
int probe_socket(const struct probe_address *address, int datagram);
int probe_connect(int descriptor, const struct probe_address *address);
int probe_pending_error(int descriptor);
// 1 when a connection stands. Some monitors of virtual machines take one and grant no byte yet, so that the socket is not
// ready to be written to.
int probe_is_connected(int descriptor);
// 1 when the kernel connected the socket to itself, which happens to a closed port of the ephemeral range.
int probe_is_self_connected(int descriptor);
int probe_listen(const struct probe_address *address);
// For others to find: a stream socket that listens, or a datagram socket that hears of no error of a peer's.
int probe_serve(const struct probe_address *address, int datagram);
int probe_accept(int descriptor);
int probe_local_address(int descriptor, struct probe_address *address);
long probe_send(int descriptor, const unsigned char *bytes, long count);
long probe_send_to(int descriptor, const unsigned char *bytes, long count, const struct probe_address *address);
long probe_receive(int descriptor, unsigned char *bytes, long capacity, struct probe_address *peer);

// Calls back once an address, and once with an empty one for each interface without any.
int probe_interfaces(void (*visit)(void *context, const unsigned char *name, const unsigned char *address),
                     void *context);

#pragma clang assume_nonnull end
#endif
