// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#define BOTTLE_MAX_DESCRIPTORS 8

// Sends bytes with descriptors attached to the first of them; -1 with errno on failure. Never raises SIGPIPE.
static inline ssize_t bottle_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors,
                                              size_t descriptorCount) {
    if (descriptorCount > BOTTLE_MAX_DESCRIPTORS) {
        errno = EINVAL;
        return -1;
    }
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(BOTTLE_MAX_DESCRIPTORS * sizeof(int))];
    } control;
    struct iovec part = {(void *)bytes, count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptorCount > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(descriptorCount * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptorCount * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, descriptorCount * sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

// Receives bytes and the descriptors that came with them (close-on-exec); 0 at the end, -1 with errno on failure.
static inline ssize_t bottle_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors,
                                                 size_t capacity, size_t *received) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(BOTTLE_MAX_DESCRIPTORS * sizeof(int))];
    } control;
    struct iovec part = {bytes, count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(&control, 0, sizeof control);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    *received = 0;
    ssize_t size;
    do {
        size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size <= 0) {
        return size;
    }
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < arrived && *received < capacity; index++) {
            memcpy(&descriptors[*received], CMSG_DATA(header) + index * sizeof(int), sizeof(int));
            *received += 1;
        }
    }
    return size;
}
