// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Synchronization

/// The steps of a bring-up of which several go on at once.
final class BringUpSteps: Sendable {
    private let before: @Sendable (String) async throws -> Void
    /// Why the bring-up has failed, as soon as a part of it has.
    private let broken = Mutex<(any Error)?>(nil)

    /// - Parameter before: Called with the name of every step right before it, which fails with its error.
    init(before: @escaping @Sendable (String) async throws -> Void) { self.before = before }

    /// Tells of a step that begins. None does when one beside it has failed, for all that it made would go again.
    func begin(_ step: String) async throws {
        if let failure = broken.withLock({ $0 }) { throw failure }
        try await before(step)
    }

    /// Lets the steps beside know at once of a failure that is awaited later.
    func noting(_ steps: @Sendable () async throws -> Void) async throws {
        do {
            try await steps()
        } catch {
            // What is not there yet may be made good later.
            if (error as? BottleError)?.code != .notFound { broken.withLock { $0 = $0 ?? error } }
            throw error
        }
    }
}
