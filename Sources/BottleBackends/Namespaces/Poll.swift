// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// Waits for a condition that no event announces.
enum Poll {
    /// Asks until the answer is yes.
    ///
    /// - Throws: `.timeout`, naming `what`, when the deadline passes first; `CancellationError` never, so that a
    ///   tear-down can use it.
    static func until(
        _ deadline: ContinuousClock.Instant, _ what: String, _ condition: () async -> Bool
    ) async throws {
        var pause = Duration.microseconds(200)
        while await !condition() {
            guard ContinuousClock.now < deadline else {
                throw BottleError(.timeout, "Gave up waiting for \(what).")
            }
            // An interrupted sleep returns at once: the deadline still bounds the loop.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(10))
        }
    }
}
