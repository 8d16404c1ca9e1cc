// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// TLS for the guest probe, by a helper beside it.
// Functions that can fail return a negative errno, as the kernel does; EINTR is retried inside.
#pragma once
#if defined(__linux__)

#pragma clang assume_nonnull begin

// Starts the helper at `path` over a connected socket. Returns 0, with a stream that means what the TLS on the socket does,
// and a pipe on which the helper says how it goes; the process is a child of the caller and dies with it. ENOENT and EACCES,
// that there is no such helper, come from the start itself.
int probe_secure(
    const unsigned char *path, int network, const unsigned char *server_name, const unsigned char *trust,
    const unsigned char *protocols, int *stream, int *status);

#pragma clang assume_nonnull end
#endif
