// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A message that breaks HTTP's rules or a limit, and the status to answer it with.
package struct HTTPFailure: Error, Sendable, Hashable {
    package let status: Int
    /// For the client and the log: never repeats bytes of the message.
    package let reason: String

    package init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    static func bad(_ reason: String) -> HTTPFailure { HTTPFailure(400, reason) }
}
