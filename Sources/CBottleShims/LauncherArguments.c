// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#include "LauncherSystem.h"

#if defined(__linux__)
#include <string.h>

static int launcher_saved_count;
static char **launcher_saved_arguments;

// Embedded Swift has no CommandLine; glibc hands every constructor the arguments of main.
__attribute__((constructor)) static void launcher_save_arguments(int count, char **arguments) {
    launcher_saved_count = count;
    launcher_saved_arguments = arguments;
}

const char *launcher_argument(int index) {
    return index >= 0 && index < launcher_saved_count ? launcher_saved_arguments[index] : 0;
}

void launcher_forget_arguments(void) {
    for (int index = 0; index < launcher_saved_count; index++) {
        memset(launcher_saved_arguments[index], 0, strlen(launcher_saved_arguments[index]));
    }
}
#endif
