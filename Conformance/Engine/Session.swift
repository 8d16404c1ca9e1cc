// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// One bottle of a run.
public enum Session: String, Sendable, Hashable, Codable, CaseIterable {
    /// The bottle under test.
    case bottle
    /// The same backend with its network policy off: proof that a probe could have succeeded.
    case twin
    /// A second confined bottle with another prompt and an empty allowlist.
    case variant
}
