// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import ConformanceEngine
    import Synchronization

    /// Who is disturbed at which step of a bring-up; what a driver's hook asks.
    final class BringUpScript: Sendable {
        private struct Part {
            let step: String
            let how: TeardownOutcome.Attempt.How
            var isReached = false
            var cancel: (@Sendable () -> Void)?
        }

        private struct State {
            var steps: [String] = []
            var parts: [String: Part] = [:]
        }

        private let scout: String
        private let found: AsyncStream<String>.Continuation
        private let state = Mutex(State())
        /// The steps of the scout's launch as it comes to them, each once; ends with `close`.
        let steps: AsyncStream<String>

        /// - Parameter scout: The slug of the launch that nobody disturbs, and that tells what steps there are.
        init(scout: String) {
            self.scout = scout
            (steps, found) = AsyncStream.makeStream()
        }

        /// The scout's launch is over.
        func close() { found.finish() }

        /// Has the launch of a slug disturbed at a step; to be said before it begins.
        func disturb(_ slug: String, at step: String, _ how: TeardownOutcome.Attempt.How) {
            state.withLock { $0.parts[slug] = Part(step: step, how: how) }
        }

        /// How the launch of a slug is cancelled; done at once where it has come to its step by now.
        func launching(_ slug: String, cancel: @escaping @Sendable () -> Void) {
            let isLate = state.withLock { state in
                state.parts[slug]?.cancel = cancel
                return state.parts[slug].map { $0.isReached && $0.how == .interrupted } ?? false
            }
            if isLate { cancel() }
        }

        /// Whether the launch of a slug came to the step at which it was to be disturbed.
        func isReached(_ slug: String) -> Bool { state.withLock { $0.parts[slug]?.isReached ?? false } }

        /// The hook of the driver.
        ///
        /// - Throws: `.launch` where the step has to fail.
        func pass(_ step: String, of slug: String) throws(BottleError) {
            let (isNew, part) = state.withLock { state -> (Bool, Part?) in
                if slug == scout, !state.steps.contains(step) {
                    state.steps.append(step)
                    return (true, nil)
                }
                guard state.parts[slug]?.step == step, state.parts[slug]?.isReached == false else {
                    return (false, nil)
                }
                state.parts[slug]?.isReached = true
                return (false, state.parts[slug])
            }
            if isNew { found.yield(step) }
            guard let part else { return }
            switch part.how {
            case .failed:
                throw BottleError(.launch, "The step \(step) of bottle \(slug) was made to fail by the trial.")
            case .interrupted: part.cancel?()
            }
        }
    }
#endif
