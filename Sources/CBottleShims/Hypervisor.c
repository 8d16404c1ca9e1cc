// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__)
#define _GNU_SOURCE
#include "Hypervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)

struct answer {
    int outcome;
    int detail;
};

static struct answer answer(enum hypervisor_outcome outcome, int detail) {
    return (struct answer){.outcome = outcome, .detail = detail};
}

enum {
    // Guest-physical addresses: three levels of page tables, the program, and the top of a stack that nobody uses.
    top_table = 0x1000,
    middle_table = 0x2000,
    low_table = 0x3000,
    program = 0x4000,
    stack = 0x6000,
    memory_size = 0x8000,
    // The first 2 MB, present, writable, one page.
    large_page = 0x83,
    to_next_table = 0x3,
};

// Clears a vector register, counts four million down and halts. Some machines have a hypervisor that interprets ordinary
// guests instruction by instruction: a kernel makes no progress there, and a guest that only halts does not tell. It has no
// vector instructions, and counts a million in a second instead of in a millisecond.
static const uint8_t instructions[] = {
    0x66, 0x0f, 0xef, 0xc0,        // pxor xmm0, xmm0
    0xb9, 0x00, 0x09, 0x3d, 0x00,  // mov ecx, 4000000
    0xff, 0xc9,                    // dec ecx
    0x75, 0xfc,                    // jnz back to it
    0xf4,                          // hlt
};

static void table(uint8_t *memory, int at, uint64_t entry) { memcpy(memory + at, &entry, sizeof entry); }

// A flat segment in 64-bit mode.
static struct kvm_segment segment(int type, int is_code) {
    return (struct kvm_segment){
        .limit = 0xffffffff,
        .selector = is_code ? 0x8 : 0x10,
        .type = type,
        .present = 1,
        .db = !is_code,
        .s = 1,
        .l = is_code,
        .g = 1,
    };
}

// In the state in which a kernel runs: 64-bit mode with paging.
static int prepare(int processor) {
    struct kvm_sregs special;
    if (ioctl(processor, KVM_GET_SREGS, &special) < 0) return -1;
    special.cr3 = top_table;
    special.cr4 = 0x620;       // PAE, and vector instructions: OSFXSR, OSXMMEXCPT
    special.cr0 = 0x80000033;  // PG, NE, ET, MP, PE
    special.efer = 0x500;      // LME, LMA
    special.cs = segment(11, 1);
    special.ds = special.es = special.fs = special.gs = special.ss = segment(3, 0);
    if (ioctl(processor, KVM_SET_SREGS, &special) < 0) return -1;
    struct kvm_regs registers = {.rip = program, .rsp = stack, .rflags = 2};
    return ioctl(processor, KVM_SET_REGS, &registers);
}

static struct answer attempt(void) {
    int device = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (device < 0) return answer(errno == ENOENT || errno == ENXIO ? hypervisor_missing : hypervisor_closed, errno);
    if (ioctl(device, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) return answer(hypervisor_no_machine, ENOTTY);
    int machine = ioctl(device, KVM_CREATE_VM, 0);
    if (machine < 0) return answer(hypervisor_no_machine, errno);
    uint8_t *memory = mmap(NULL, memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return answer(hypervisor_no_attempt, errno);
    table(memory, top_table, middle_table | to_next_table);
    table(memory, middle_table, low_table | to_next_table);
    table(memory, low_table, large_page);
    memcpy(memory + program, instructions, sizeof instructions);
    struct kvm_userspace_memory_region region = {.memory_size = memory_size, .userspace_addr = (uintptr_t)memory};
    // The three pages that older Intel processors need; where they are not needed nobody minds.
    if (ioctl(machine, KVM_SET_TSS_ADDR, 0xfffbd000ul) < 0) return answer(hypervisor_no_machine, errno);
    if (ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region) < 0) return answer(hypervisor_no_machine, errno);
    int processor = ioctl(machine, KVM_CREATE_VCPU, 0);
    if (processor < 0) return answer(hypervisor_no_machine, errno);
    int size = ioctl(device, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size < (int)sizeof(struct kvm_run)) return answer(hypervisor_no_machine, EINVAL);
    struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, processor, 0);
    if (run == MAP_FAILED) return answer(hypervisor_no_attempt, errno);
    if (prepare(processor) < 0) return answer(hypervisor_no_machine, errno);
    int result;
    do result = ioctl(processor, KVM_RUN, 0);
    while (result < 0 && errno == EINTR);
    if (result < 0) return answer(hypervisor_no_machine, errno);
    if (run->exit_reason != KVM_EXIT_HLT) return answer(hypervisor_no_guest, (int)run->exit_reason);
    return answer(hypervisor_usable, 0);
}

enum hypervisor_outcome hypervisor_attempt(int milliseconds, int *detail) {
    int ends[2];
    *detail = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        *detail = errno;
        return hypervisor_no_attempt;
    }
    // A process, since a guest that makes no progress can only be ended with the process that runs it. Between the fork and
    // the end of the child there are system calls only: other threads of this one may have held locks.
    pid_t child = fork();
    if (child < 0) {
        *detail = errno;
        close(ends[0]);
        close(ends[1]);
        return hypervisor_no_attempt;
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct answer found = attempt();
        _exit(write(ends[1], &found, sizeof found) == sizeof found ? 0 : 1);
    }
    close(ends[1]);
    struct pollfd reader = {.fd = ends[0], .events = POLLIN};
    int ready;
    do ready = poll(&reader, 1, milliseconds);
    while (ready < 0 && errno == EINTR);
    struct answer found = answer(hypervisor_too_slow, 0);
    if (ready > 0 && read(ends[0], &found, sizeof found) != sizeof found) found = answer(hypervisor_no_attempt, EIO);
    close(ends[0]);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    *detail = found.detail;
    return found.outcome;
}

#else

enum hypervisor_outcome hypervisor_attempt(int milliseconds, int *detail) {
    (void)milliseconds;
    *detail = 0;
    return hypervisor_untried;
}

#endif
#endif
