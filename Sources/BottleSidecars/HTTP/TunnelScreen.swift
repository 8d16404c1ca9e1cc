// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What the first bytes of a tunnel that is passed through must be: a client that wants the tunnel's host in TLS as well.
struct TunnelScreen: Sendable {
    /// The tunnel's host, parsed.
    let name: String
    /// Whether bytes that are no TLS end the tunnel.
    let requiresTLS: Bool

    enum Verdict: Sendable, Hashable {
        case unfinished
        case passes
        /// Why not.
        case refused(String)
    }

    func verdict(on bytes: [UInt8]) -> Verdict {
        switch ClientHello(bytes) {
        case .unfinished: return .unfinished
        case .noTLS: return requiresTLS ? .refused("that is no TLS") : .passes
        case .malformed: return .refused("the TLS of the client cannot be read")
        case .complete(nil): return .refused("the client names no host in TLS")
        case .complete(let other?):
            guard case .name(name)? = HostSpec(other) else {
                return .refused("the client names another host in TLS than its tunnel's")
            }
            return .passes
        }
    }
}
