// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Runs short blocking calls away from Swift's cooperative pool.
package enum Offload {
    private static let queue = DispatchQueue(label: "bottle-system.offload", attributes: .concurrent)

    /// Runs `body` on a Dispatch thread; rethrows what it throws. For work that may block long see `DedicatedThread`.
    package static func run<T: Sendable>(_ body: @Sendable @escaping () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
