// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#include "ProbeNetwork.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(sizeof(((struct probe_address *)0)->storage) >= sizeof(struct sockaddr_storage), "too small");

static const struct sockaddr *raw(const struct probe_address *address) {
    return (const struct sockaddr *)address->storage;
}

static int interface_index(const char *name) {
    char *end = NULL;
    unsigned long number = strtoul(name, &end, 10);
    if (*name >= '0' && *name <= '9' && *end == 0) return number <= INT32_MAX ? (int)number : -EINVAL;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (*name == 0 || strlen(name) >= sizeof request.ifr_name) return -EINVAL;
    memcpy(request.ifr_name, name, strlen(name));
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return -errno;
    int result = ioctl(control, SIOCGIFINDEX, &request) < 0 ? -errno : request.ifr_ifindex;
    close(control);
    return result;
}

int probe_address_parse(const unsigned char *literal, uint16_t port, struct probe_address *address) {
    memset(address, 0, sizeof *address);
    struct sockaddr_in *v4 = (struct sockaddr_in *)address->storage;
    if (inet_pton(AF_INET, (const char *)literal, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address->length = sizeof *v4;
        return 0;
    }
    char text[INET6_ADDRSTRLEN + IFNAMSIZ + 2];
    if (strlen((const char *)literal) >= sizeof text) return -EINVAL;
    strcpy(text, (const char *)literal);
    char *scope = strchr(text, '%');
    if (scope != NULL) *scope++ = 0;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address->storage;
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) return -EINVAL;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address->length = sizeof *v6;
    if (scope == NULL) return 0;
    int index = interface_index(scope);
    if (index < 0) return index;
    v6->sin6_scope_id = (uint32_t)index;
    return 0;
}

int probe_address_port(const struct probe_address *address) {
    const struct sockaddr *any = raw(address);
    if (any->sa_family == AF_INET) return ntohs(((const struct sockaddr_in *)any)->sin_port);
    if (any->sa_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *)any)->sin6_port);
    return 0;
}

int probe_address_format(const struct probe_address *address, unsigned char *text, int capacity) {
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr *any = raw(address);
    int length = 0;
    if (any->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)any)->sin_addr, host, sizeof host);
        length = snprintf((char *)text, (size_t)capacity, "%s:%d", host, probe_address_port(address));
    } else if (any->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)any;
        char scope[16] = "";
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        if (v6->sin6_scope_id != 0) snprintf(scope, sizeof scope, "%%%u", v6->sin6_scope_id);
        length = snprintf((char *)text, (size_t)capacity, "[%s%s]:%d", host, scope, probe_address_port(address));
    } else {
        return -EAFNOSUPPORT;
    }
    return length < capacity ? length : -ENAMETOOLONG;
}

int probe_socket(const struct probe_address *address, int datagram) {
    int family = raw(address)->sa_family;
    int descriptor = socket(family, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    int on = 1;
    if (datagram) {
        setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
        // Without it Linux swallows "host unreachable" and, on an unconnected socket, every ICMP error.
        if (family == AF_INET) setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
        if (family == AF_INET6) setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    }
    return descriptor;
}

int probe_connect(int descriptor, const struct probe_address *address) {
    if (connect(descriptor, raw(address), address->length) == 0) return 0;
    return errno == EINTR ? -EINPROGRESS : -errno;
}

int probe_pending_error(int descriptor) {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) < 0) return -errno;
    return -value;
}

int probe_is_connected(int descriptor) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    return getpeername(descriptor, (struct sockaddr *)&peer, &length) == 0;
}

int probe_is_self_connected(int descriptor) {
    struct sockaddr_storage local, peer;
    socklen_t local_length = sizeof local, peer_length = sizeof peer;
    memset(&local, 0, sizeof local);
    memset(&peer, 0, sizeof peer);
    if (getsockname(descriptor, (struct sockaddr *)&local, &local_length) < 0) return 0;
    if (getpeername(descriptor, (struct sockaddr *)&peer, &peer_length) < 0) return 0;
    return local_length == peer_length && memcmp(&local, &peer, local_length) == 0;
}

int probe_listen(const struct probe_address *address) {
    int descriptor = probe_socket(address, 0);
    if (descriptor < 0) return descriptor;
    if (bind(descriptor, raw(address), address->length) == 0 && listen(descriptor, 1) == 0) return descriptor;
    int failure = errno;
    close(descriptor);
    return -failure;
}

int probe_serve(const struct probe_address *address, int datagram) {
    // Not probe_socket: a queue of ICMP errors that nobody reads would keep a datagram socket ready for ever.
    int type = (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int descriptor = socket(raw(address)->sa_family, type, 0);
    if (descriptor < 0) return -errno;
    if (bind(descriptor, raw(address), address->length) == 0 && (datagram || listen(descriptor, 64) == 0)) {
        return descriptor;
    }
    int failure = errno;
    close(descriptor);
    return -failure;
}

int probe_accept(int descriptor) {
    int accepted;
    do {
        accepted = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (accepted < 0 && errno == EINTR);
    return accepted < 0 ? -errno : accepted;
}

int probe_local_address(int descriptor, struct probe_address *address) {
    memset(address, 0, sizeof *address);
    socklen_t length = sizeof address->storage;
    if (getsockname(descriptor, (struct sockaddr *)address->storage, &length) < 0) return -errno;
    address->length = length;
    return 0;
}

long probe_send(int descriptor, const unsigned char *bytes, long count) {
    ssize_t sent;
    do {
        sent = send(descriptor, bytes, (size_t)count, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

long probe_send_to(int descriptor, const unsigned char *bytes, long count, const struct probe_address *address) {
    ssize_t sent;
    do {
        sent = sendto(descriptor, bytes, (size_t)count, MSG_NOSIGNAL, raw(address), address->length);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

long probe_receive(int descriptor, unsigned char *bytes, long capacity, struct probe_address *peer) {
    ssize_t received;
    socklen_t length;
    do {
        length = sizeof peer->storage;
        received = recvfrom(descriptor, bytes, (size_t)capacity, 0, (struct sockaddr *)peer->storage, &length);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    peer->length = length;
    return received;
}

int probe_interfaces(void (*visit)(void *, const unsigned char *, const unsigned char *), void *context) {
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) < 0) return -errno;
    for (struct ifaddrs *entry = list; entry != NULL; entry = entry->ifa_next) {
        char text[INET6_ADDRSTRLEN] = "";
        int family = entry->ifa_addr != NULL ? entry->ifa_addr->sa_family : AF_UNSPEC;
        if (family == AF_INET) {
            inet_ntop(AF_INET, &((struct sockaddr_in *)entry->ifa_addr)->sin_addr, text, sizeof text);
        } else if (family == AF_INET6) {
            inet_ntop(AF_INET6, &((struct sockaddr_in6 *)entry->ifa_addr)->sin6_addr, text, sizeof text);
        } else {
            // The link itself: named only when no address of it follows or precedes.
            int addressed = 0;
            for (struct ifaddrs *other = list; other != NULL; other = other->ifa_next) {
                int kind = other->ifa_addr != NULL ? other->ifa_addr->sa_family : AF_UNSPEC;
                if ((kind == AF_INET || kind == AF_INET6) && strcmp(other->ifa_name, entry->ifa_name) == 0) {
                    addressed = 1;
                }
            }
            if (addressed) continue;
        }
        visit(context, (const unsigned char *)entry->ifa_name, (const unsigned char *)text);
    }
    freeifaddrs(list);
    return 0;
}
#endif
