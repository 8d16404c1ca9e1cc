// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#pragma once
#include <errno.h>

// A system call's result as the launcher's shims return it: a value >= 0, or -errno.
static inline long launcher_result(long value) { return value < 0 ? -(long)errno : value; }
