// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A value that never shows in a description, a log or a report.
public struct Redacted<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The value itself: hand it to the one place that needs it and to nothing else.
    public let exposed: Value

    public init(_ value: Value) { exposed = value }

    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
}
