// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What exactly was tested; first and last line of every report.
public struct Subject: Sendable, Hashable, Codable {
    public enum Role: String, Sendable, Hashable, Codable { case real, lab, reference, replay, mutant }
    public var backend: String
    public var role: Role
    /// Whether the user named the backend; a run without says that this was the reference bottle, not theirs.
    public var chosen: Bool
    /// Engine and version, kernel, policy hash and the like, in display order by key.
    public var facts: [String: String]

    public init(backend: String, role: Role, chosen: Bool, facts: [String: String]) {
        self.backend = backend
        self.role = role
        self.chosen = chosen
        self.facts = facts
    }
}
