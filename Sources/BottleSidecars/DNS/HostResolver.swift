// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Turns host names into addresses.
package protocol HostResolver: Sendable {
    /// Every IPv4 address of a name, at least one; throws when there is none or no answer in time.
    func addresses(of name: String) async throws -> [IPAddress]
}
