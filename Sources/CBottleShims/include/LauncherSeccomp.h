// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// The system calls of a sandbox, by what its filter does with them, and the call that installs the filter.

#pragma once
#if defined(__linux__)
#include <stddef.h>
#include <stdint.h>

// One instruction of a filter.
typedef struct {
    uint16_t code;
    uint8_t when_true;
    uint8_t when_false;
    uint32_t value;
} launcher_instruction;

int launcher_allowed_count(void);
int launcher_allowed_call(int index);
int launcher_denied_count(void);
int launcher_denied_call(int index);
// The calls whose arguments the filter looks at.
int launcher_call_clone(void);
int launcher_call_clone3(void);
int launcher_call_socket(void);
int launcher_call_ioctl(void);
int launcher_call_personality(void);
int launcher_call_socketpair(void);
int launcher_call_setrlimit(void);
int launcher_call_prlimit(void);
// RLIMIT_CORE.
uint32_t launcher_core_resource(void);
uint32_t launcher_architecture(void);
// The 32-bit interface that the same kernel may offer, and its calls that make sockets.
uint32_t launcher_foreign_architecture(void);
uint32_t launcher_foreign_socket(void);
uint32_t launcher_foreign_socketcall(void);
// The lowest system call number of the x32 interface, which shares its architecture value with x86_64.
uint32_t launcher_foreign_calls(void);
int launcher_install_filter(const launcher_instruction *program, unsigned short count);
#endif
