// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a process wrote and how it ended.
package struct ProcessOutput: Sendable, Hashable {
    /// How a process ended, or that its deadline ended it.
    package enum Ending: Sendable, Hashable { case exited(Int32), signalled(Int32), timedOut }

    package var ending: Ending
    /// With a terminal: everything it showed.
    package var stdout: [UInt8]
    /// Empty with a terminal.
    package var stderr: [UInt8]
    /// Whether a stream had more than the limit; what came first is kept.
    package var truncated: Bool

    package init(ending: Ending, stdout: [UInt8], stderr: [UInt8], truncated: Bool) {
        self.ending = ending
        self.stdout = stdout
        self.stderr = stderr
        self.truncated = truncated
    }
}
