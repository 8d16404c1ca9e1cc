// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <sys/socket.h>

/// Accepts a connection whose descriptor is close-on-exec and nonblocking from the start, and fills in the peer.
/// Returns the descriptor, or -1 with errno. Swift's view of the C library lacks accept4, which is an extension.
int bottle_canary_accept(int listener, struct sockaddr_storage *peer);

/// Makes a pipe whose ends are close-on-exec and nonblocking from the start. Returns 0, or -1 with errno.
int bottle_canary_pipe(int ends[2]);
