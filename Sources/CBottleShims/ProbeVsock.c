// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#include "ProbeVsock.h"
#include "ProbeProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { at_once = 512, patience = 500000 };

// MARK: - Ways to a socket

// Makes an attempt in a process of its own, for a filter may answer a call with the end of the process.
static int apart(int (*attempt)(void)) {
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child == 0) {
        int result = attempt();
        _exit(result < 0 ? -result & 255 : 0);
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -errno;
    }
    return WIFEXITED(status) ? -WEXITSTATUS(status) : probe_vsock_killed;
}

static int opened(long descriptor) {
    if (descriptor < 0) return -errno;
    close((int)descriptor);
    return 0;
}

static int plain(void) { return opened(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }
static int open_stream(void) { return opened(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
static int open_sequence(void) { return opened(socket(AF_VSOCK, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)); }
static int open_datagram(void) { return opened(socket(AF_VSOCK, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }

// A call that takes its family from memory, which no filter of calls can look at.
static int open_by_ring(void) {
    enum { operation = 45 };
    struct io_uring_params parameters;
    memset(&parameters, 0, sizeof parameters);
    int ring = (int)syscall(SYS_io_uring_setup, 1, &parameters);
    if (ring < 0) return -errno;
    size_t submission = parameters.sq_off.array + parameters.sq_entries * sizeof(uint32_t);
    size_t completion = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    int access = PROT_READ | PROT_WRITE;
    char *sent = mmap(NULL, submission, access, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    char *done = mmap(NULL, completion, access, MAP_SHARED, ring, IORING_OFF_CQ_RING);
    struct io_uring_sqe *entry = mmap(NULL, sizeof *entry, access, MAP_SHARED, ring, IORING_OFF_SQES);
    if (sent == MAP_FAILED || done == MAP_FAILED || entry == MAP_FAILED) return -errno;
    memset(entry, 0, sizeof *entry);
    entry->opcode = operation;
    entry->fd = AF_VSOCK;
    entry->off = SOCK_STREAM;
    ((uint32_t *)(sent + parameters.sq_off.array))[0] = 0;
    uint32_t *tail = (uint32_t *)(sent + parameters.sq_off.tail);
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) return -errno;
    uint32_t head = *(uint32_t *)(done + parameters.cq_off.head);
    if (head == __atomic_load_n((uint32_t *)(done + parameters.cq_off.tail), __ATOMIC_ACQUIRE)) return -EIO;
    uint32_t mask = *(uint32_t *)(done + parameters.cq_off.ring_mask);
    int result = ((struct io_uring_cqe *)(done + parameters.cq_off.cqes))[head & mask].res;
    // A kernel that knows no such operation calls it an invalid argument.
    return result < 0 ? result == -EINVAL ? -ENOSYS : result : 0;
}

#if defined(__x86_64__)
static int open_as_x32(void) {
    return opened(syscall(0x40000000L | SYS_socket, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

// A call of the 32-bit interface, which has numbers of its own.
static long old_call(long number, long first, long second, long third) {
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third)
                     : "r8", "r9", "r10", "r11", "memory", "cc");
    return (int)result;
}

static int open_as_32_bit(void) {
    long result = old_call(359, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return result < 0 ? (int)result : 0;
}

// The same through the call that takes its arguments from memory.
static int open_by_socketcall(void) {
    uint32_t *arguments = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (arguments == MAP_FAILED) return -errno;
    arguments[0] = AF_VSOCK;
    arguments[1] = SOCK_STREAM | SOCK_CLOEXEC;
    arguments[2] = 0;
    long result = old_call(102, 1, (long)arguments, 0);
    return result < 0 ? (int)result : 0;
}
#else
static int open_as_x32(void) { return -ENOSYS; }
static int open_as_32_bit(void) { return -ENOSYS; }
static int open_by_socketcall(void) { return -ENOSYS; }
#endif

static int way_stream(void) { return apart(open_stream); }
static int way_sequence(void) { return apart(open_sequence); }
static int way_datagram(void) { return apart(open_datagram); }
static int way_ring(void) { return apart(open_by_ring); }
static int way_x32(void) { return apart(open_as_x32); }
static int way_32_bit(void) { return apart(open_as_32_bit); }
static int way_socketcall(void) { return apart(open_by_socketcall); }
static int way_plain(void) { return apart(plain); }

static const struct probe_power ways[] = {
    {(const unsigned char *)"plain", way_plain},
    {(const unsigned char *)"stream", way_stream},
    {(const unsigned char *)"seqpacket", way_sequence},
    {(const unsigned char *)"datagram", way_datagram},
    {(const unsigned char *)"ring", way_ring},
    {(const unsigned char *)"x32", way_x32},
    {(const unsigned char *)"compat", way_32_bit},
    {(const unsigned char *)"socketcall", way_socketcall},
    {(const unsigned char *)"", way_plain},
};

const struct probe_power *probe_vsock_ways(void) { return ways; }

// MARK: - Addresses

void probe_vsock_address(uint32_t context, uint32_t port, struct probe_address *address) {
    memset(address, 0, sizeof *address);
    struct sockaddr_vm *machine = (struct sockaddr_vm *)address->storage;
    machine->svm_family = AF_VSOCK;
    machine->svm_cid = context;
    machine->svm_port = port;
    address->length = sizeof *machine;
}

// Whether the machine has this context id: nobody can bind to another.
static int is_own(uint32_t context) {
    struct probe_address address;
    probe_vsock_address(context, VMADDR_PORT_ANY, &address);
    int descriptor = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return 0;
    int result = bind(descriptor, (const struct sockaddr *)address.storage, address.length) == 0;
    close(descriptor);
    return result;
}

int probe_vsock_own_context(uint32_t *context) {
    enum { first_guest = 3, last_tried = 1024 };
    int device = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
    if (device >= 0) {
        int result = ioctl(device, IOCTL_VM_SOCKETS_GET_LOCAL_CID, context);
        close(device);
        if (result >= 0) return 0;
    }
    // The device is root's alone on most machines.
    for (uint32_t candidate = first_guest; candidate <= last_tried; candidate++) {
        if (!is_own(candidate)) continue;
        *context = candidate;
        return 0;
    }
    return -ENODEV;
}

// MARK: - Ports

struct attempt {
    int descriptor;
    int index;
    uint32_t port;
    uint64_t until;
};

static void count(struct attempt attempt, int error, struct probe_vsock_count *counts,
                  void (*visit)(void *, int, uint32_t), void *context) {
    struct probe_vsock_count *result = counts + attempt.index;
    close(attempt.descriptor);
    switch (error) {
    case 0:
        result->opened++;
        visit(context, attempt.index, attempt.port);
        return;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE: result->refused++; return;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case ENODEV: result->unreachable++; return;
    case EACCES:
    case EPERM: result->denied++; return;
    case ETIMEDOUT: result->silent++; return;
    default:
        result->failed++;
        result->error = error;
        return;
    }
}

int probe_vsock_sweep(const uint32_t *contexts, struct probe_vsock_count *counts, int context_count,
                      const struct probe_vsock_ports *ports, int port_count, uint64_t deadline,
                      void (*visit)(void *, int, uint32_t), void *context) {
    static struct attempt attempts[at_once];
    static struct pollfd waiters[at_once];
    int running = 0, failure = 0, range = 0, index = 0;
    // Wider than a port, for the highest range may end at the last of them.
    uint64_t port = port_count > 0 ? ports[0].first : 0;
    memset(counts, 0, sizeof *counts * (size_t)context_count);
    if (context_count < 1) return 0;
    while (running > 0 || (range < port_count && failure == 0)) {
        uint64_t now = probe_microseconds();
        while (running < at_once && range < port_count && now < deadline && failure == 0) {
            struct probe_address aim;
            probe_vsock_address(contexts[index], (uint32_t)port, &aim);
            int descriptor = probe_socket(&aim, 0);
            if (descriptor < 0) {
                // Sockets that are under way give descriptors back; with none under way there are none to be had.
                if (running == 0) failure = descriptor;
                break;
            }
            struct attempt attempt = {descriptor, index, (uint32_t)port, now + patience};
            // The next context first: one that never answers then holds up its own ports only.
            if (++index == context_count) {
                index = 0;
                if (++port > ports[range].last && ++range < port_count) port = ports[range].first;
            }
            int error = -probe_connect(descriptor, &aim);
            if (error == EINPROGRESS) {
                attempts[running++] = attempt;
            } else {
                count(attempt, error, counts, visit, context);
            }
        }
        if (running == 0) {
            if (now >= deadline) break;
            continue;
        }
        for (int each = 0; each < running; each++) {
            waiters[each] = (struct pollfd){.fd = attempts[each].descriptor, .events = POLLOUT};
        }
        poll(waiters, (nfds_t)running, 20);
        now = probe_microseconds();
        int still = 0;
        for (int each = 0; each < running; each++) {
            int descriptor = attempts[each].descriptor;
            if (waiters[each].revents != 0) {
                count(attempts[each], -probe_pending_error(descriptor), counts, visit, context);
            } else if (now >= attempts[each].until || now >= deadline) {
                count(attempts[each], probe_is_connected(descriptor) ? 0 : ETIMEDOUT, counts, visit, context);
            } else {
                attempts[still++] = attempts[each];
            }
        }
        running = still;
    }
    return failure;
}
#endif
