// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// `bottle-tls SERVER-NAME TRUST PROTOCOLS`, each `-` for none.
///
/// What the probe says comes in on descriptor 0, and leaves on descriptor 3, a connected socket, as TLS. Descriptor 4
/// takes one line about the handshake, and one about the end: `open VERSION LEAF`, `failed REASON`, `end clean` or
/// `end cut`.
struct Arguments {
    static let plain: Int32 = 0
    static let network: Int32 = 3
    static let status: Int32 = 4

    /// Whom the client asks for; nil names nobody.
    let serverName: String?
    /// A file of PEM certificates that are believed; without one everybody is.
    let trust: String?
    /// What ALPN offers.
    let protocols: [String]

    init?(_ arguments: [String]) {
        guard arguments.count == 3 else { return nil }
        func value(_ index: Int) -> String? { arguments[index] == "-" ? nil : arguments[index] }
        serverName = value(0)
        trust = value(1)
        protocols = value(2)?.split(separator: ",").map(String.init) ?? []
    }
}
