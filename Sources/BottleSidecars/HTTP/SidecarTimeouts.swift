// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// How long a connection may take.
package struct SidecarTimeouts: Sendable {
    /// Without a byte in either direction.
    package var idle = TimeAmount.seconds(120)
    /// From accept to the end of the head.
    package var head = TimeAmount.seconds(30)
    /// The whole life of a tunnel.
    package var tunnel = TimeAmount.seconds(300)
    package var connect = TimeAmount.seconds(5)
    /// After the answer, for a client that still sends.
    package var linger = TimeAmount.seconds(2)

    package init() {}
}
