// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE 1
#include "LauncherSocket.h"
#include "LauncherResult.h"
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int launcher_socket_pair(int packets, int *left, int *right) {
    int ends[2];
    if (socketpair(AF_UNIX, (packets ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
    *left = ends[0];
    *right = ends[1];
    return 0;
}

void launcher_end_sending(int socket) { shutdown(socket, SHUT_WR); }

// Sends bytes, with up to 16 descriptors on the first of them.
long launcher_send(int socket, const void *bytes, size_t count, const int *descriptors, int number) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int) * launcher_descriptor_limit)]; } control;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(&control, 0, sizeof control);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (number > launcher_descriptor_limit) return -E2BIG;
    if (number > 0) {
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)number);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)number);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)number);
    }
    long result;
    do result = sendmsg(socket, &message, MSG_NOSIGNAL); while (result < 0 && errno == EINTR);
    return launcher_result(result);
}

// Receives bytes and, into an array of 16, close-on-exec descriptors. -EMSGSIZE when descriptors were lost.
long launcher_receive(int socket, void *bytes, size_t count, int *descriptors, int *number) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int) * launcher_descriptor_limit)]; } control;
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    *number = 0;
    long result;
    do result = recvmsg(socket, &message, MSG_CMSG_CLOEXEC); while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        int found = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int index = 0; index < found && *number < launcher_descriptor_limit; index++) {
            memcpy(&descriptors[*number], CMSG_DATA(header) + sizeof(int) * (size_t)index, sizeof(int));
            *number += 1;
        }
    }
    return (message.msg_flags & MSG_CTRUNC) ? -EMSGSIZE : result;
}

// Networks

static int launcher_open_netlink(int protocol) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0) return -errno;
    // A kernel that does not answer must not stop the world: 5 s.
    struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}
int launcher_netfilter_socket(void) { return launcher_open_netlink(NETLINK_NETFILTER); }
int launcher_netlink_socket(void) {
    int fd = launcher_open_netlink(NETLINK_ROUTE);
    if (fd < 0) return fd;
    int on = 1;
    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    return fd;
}
static int launcher_unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}
int launcher_connect_unix(const char *path) {
    struct sockaddr_un address;
    int failure = launcher_unix_address(path, &address);
    if (failure < 0) return failure;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int number = errno;
        close(fd);
        return -number;
    }
    return fd;
}
int launcher_listen_unix(const char *path) {
    struct sockaddr_un address;
    int failure = launcher_unix_address(path, &address);
    if (failure < 0) return failure;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // The directory decides who may connect; its owner may be another user than this one.
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0666) < 0 || listen(fd, 1) < 0) {
        int number = errno;
        close(fd);
        return -number;
    }
    return fd;
}
int launcher_accept(int socket) {
    int result;
    do result = accept4(socket, 0, 0, SOCK_CLOEXEC); while (result < 0 && errno == EINTR);
    return (int)launcher_result(result);
}
int launcher_plain_socket(int family, int datagram) {
    int type = (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
    return (int)launcher_result(socket(family == 6 ? AF_INET6 : family == 1 ? AF_UNIX : AF_INET, type, 0));
}
int launcher_interface_index(int socket, const char *name) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (strlen(name) >= sizeof request.ifr_name) return -ENODEV;
    strcpy(request.ifr_name, name);
    if (ioctl(socket, SIOCGIFINDEX, &request) < 0) return -errno;
    return request.ifr_ifindex;
}
int launcher_interface_name(int socket, int index, char *name /* 16 bytes */) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    request.ifr_ifindex = index;
    if (ioctl(socket, SIOCGIFNAME, &request) < 0) return -errno;
    memcpy(name, request.ifr_name, 16);
    name[15] = 0;
    return 0;
}
#endif
