// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Both ends of TLS that a sidecar needs for opening a tunnel. All cryptography is behind it, and can be left out.
package struct TunnelTLS: Sendable {
    /// Becomes a host's server towards a client, right after a last plain message to it.
    let accept: @Sendable (Connection, String, ByteBuffer, SidecarTimeouts) async throws(HTTPFailure) -> Void
    /// Becomes a client of a host, whose certificate is verified.
    let connect: @Sendable (Connection, String, SidecarTimeouts) async throws(HTTPFailure) -> Void
}
