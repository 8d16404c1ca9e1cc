// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What of the values of a launch's tokens gets into the guest: nothing, but for two faults.
struct SpiltTokens: Sendable {
    /// Where the `filetoken` fault leaves them: root's, where a guest has one, and closed to everybody else.
    static let path = "/etc/credentials"

    /// Values by the name of their variable, for every process of a guest.
    let variables: [String: String]
    /// What the file holds, in base64; empty, or one file's bytes.
    let file: [[UInt8]]

    init(_ tokens: [String: Redacted<String>], faults: Set<Fault>) {
        variables = faults.contains(.envtoken) ? tokens.mapValues(\.exposed) : [:]
        let text = tokens.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.exposed)\n" }.joined()
        file = faults.contains(.filetoken) && !tokens.isEmpty ? [Array(Data(text.utf8).base64EncodedString().utf8)] : []
    }
}
