// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Whether this machine's hypervisor runs guests, found out by running one.
#pragma once
#if defined(__linux__)

enum hypervisor_outcome {
    // The guest ran to its end.
    hypervisor_usable = 0,
    // There is no device; the detail is an errno, as in the next two.
    hypervisor_missing = 1,
    hypervisor_closed = 2,
    hypervisor_no_machine = 3,
    // The guest stopped before its end; the detail is why the processor left it (KVM_EXIT_*).
    hypervisor_no_guest = 4,
    // The guest was still running when its time was up.
    hypervisor_too_slow = 5,
    // This processor's guests are not known here.
    hypervisor_untried = 6,
    // The attempt itself could not be made; the detail is an errno.
    hypervisor_no_attempt = 7,
};

// Runs a guest of a few instructions in a process of its own, which is gone when this returns. Waits for
// the guest for at most `milliseconds`.
enum hypervisor_outcome hypervisor_attempt(int milliseconds, int *_Nonnull detail);

#endif
