// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#include "ProbeKernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int opened(int descriptor) {
    if (descriptor < 0) return -errno;
    close(descriptor);
    return 0;
}

// The kernel looks for the capability first: any other complaint about a call that makes no sense means that it is there.
static int allowed(long result, int complaint) {
    if (result >= 0 || errno == complaint) return 0;
    return -errno;
}

static int plain_socket(void) { return opened(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }
static int raw_socket(void) { return opened(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)); }
// With protocol 0 it receives nothing.
static int packet_socket(void) { return opened(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)); }

static int configure_interface(void) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    int result = ioctl(descriptor, SIOCGIFFLAGS, &request);
    // The flags that it has.
    if (result == 0) result = ioctl(descriptor, SIOCSIFFLAGS, &request);
    result = result < 0 ? -errno : 0;
    close(descriptor);
    return result;
}

static int mount_nothing(void) { return allowed(mount("none", "/", "no-such-file-system", 0, NULL), ENODEV); }

static int name_host(void) {
    char name[65];
    if (gethostname(name, sizeof name) < 0) return -errno;
    return sethostname(name, strnlen(name, sizeof name)) < 0 ? -errno : 0;
}

static int load_nothing(void) { return allowed(syscall(SYS_init_module, NULL, 0UL, ""), ENOEXEC); }

static int open_by_handle(void) {
    struct {
        struct file_handle head;
        unsigned char bytes[8];
    } handle;
    memset(&handle, 0, sizeof handle);
    handle.head.handle_bytes = sizeof handle.bytes;
    handle.head.handle_type = 1;
    int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -errno;
    int result = allowed(syscall(SYS_open_by_handle_at, directory, &handle, O_RDONLY | O_CLOEXEC), ESTALE);
    close(directory);
    return result;
}

static int list_bpf(void) {
    // BPF_MAP_GET_NEXT_ID, from the highest id on that it takes.
    uint32_t attributes[4] = {INT32_MAX - 1, 0, 0, 0};
    return allowed(syscall(SYS_bpf, 12, attributes, sizeof attributes), ENOENT);
}

// SYSLOG_ACTION_SIZE_UNREAD: a number, and nothing of what is in the log.
static int size_log(void) { return allowed(syscall(SYS_syslog, 9, NULL, 0), 0); }

static const struct probe_power powers[] = {
    {(const unsigned char *)"none", plain_socket},
    {(const unsigned char *)"raw-socket", raw_socket},
    {(const unsigned char *)"packet-socket", packet_socket},
    {(const unsigned char *)"interface", configure_interface},
    {(const unsigned char *)"mount", mount_nothing},
    {(const unsigned char *)"hostname", name_host},
    {(const unsigned char *)"module", load_nothing},
    {(const unsigned char *)"file-handle", open_by_handle},
    {(const unsigned char *)"bpf", list_bpf},
    {(const unsigned char *)"kernel-log", size_log},
    {(const unsigned char *)"", plain_socket},
};

const struct probe_power *probe_powers(void) { return powers; }

int probe_open_surface(const unsigned char *path, int for_write) {
    int descriptor =
        open((const char *)path, (for_write ? O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return -errno;
    struct stat status;
    int is_null = fstat(descriptor, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
    close(descriptor);
    return is_null;
}

int probe_make_device(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/.probe-device.%d", (int)getpid());
    // The null device: were it to stay, nobody could do anything with it.
    if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) < 0) return -errno;
    return unlink(path) < 0 ? -errno : 0;
}

int probe_block_devices(void (*visit)(void *, const unsigned char *, int), void *context) {
    DIR *directory = opendir("/dev");
    if (directory == NULL) return -errno;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        struct stat status;
        if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) continue;
        if (!S_ISBLK(status.st_mode)) continue;
        int descriptor = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        visit(context, (const unsigned char *)entry->d_name, opened(descriptor));
    }
    closedir(directory);
    return 0;
}
#endif
