// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Synchronization

    /// What happens to a launch on its way to an artefact, and how it ends there; what a driver's hook asks.
    final class ConversionScript: Sendable {
        /// A launch was stopped by the trial.
        struct Stopped: Error, CustomStringConvertible {
            let step: String
            var description: String { "The step \(step) was made to fail by the trial." }
        }

        private struct State {
            var hasActed = false
            var reached: Set<String> = []
            var ready: Set<String> = []
            var looked: [String: ContinuousClock.Instant] = [:]
            var milliseconds: Double?
        }

        /// The steps from an image to its artefact; the first other one comes when that is there.
        static let steps: Set<String> = ["image", "save", "convert", "keep"]

        private let step: String?
        private let act: @Sendable () async throws -> Void
        private let goesOn: Bool
        private let whenReady: @Sendable () -> Void
        private let state = Mutex(State())

        /// - Parameters:
        ///   - step: Where the launch is disturbed.
        ///   - goesOn: Whether the launch goes on when it has its artefact.
        ///   - whenReady: Called then.
        ///   - act: What is done right before the step; nil makes it fail.
        init(
            at step: String? = nil, goesOn: Bool = false, whenReady: @escaping @Sendable () -> Void = {},
            act: (@Sendable () async throws -> Void)? = nil
        ) {
            self.step = step
            self.goesOn = goesOn
            self.whenReady = whenReady
            self.act = act ?? { throw Stopped(step: step ?? "") }
        }

        /// Whether the step was come to, and what was to be done there was.
        var hasActed: Bool { state.withLock { $0.hasActed } }
        /// How many launches had their artefact.
        var ready: Int { state.withLock { $0.ready.count } }
        /// From the look at the image to the artefact, of the last launch that had one.
        var milliseconds: Double? { state.withLock { $0.milliseconds } }
        func hasReached(_ step: String) -> Bool { state.withLock { $0.reached.contains(step) } }

        /// The hook of a driver.
        ///
        /// - Throws: What the step fails with.
        func pass(_ step: String, of slug: String) async throws {
            let isConversion = Self.steps.contains(step)
            let isFirst = state.withLock { state in
                state.reached.insert(step)
                if step == "image" { state.looked[slug] = .now }
                guard !isConversion, state.ready.insert(slug).inserted else { return false }
                if let looked = state.looked[slug] { state.milliseconds = (.now - looked) / .milliseconds(1) }
                return true
            }
            if isFirst { whenReady() }
            if !isConversion, !goesOn { throw Stopped(step: step) }
            guard step == self.step else { return }
            do {
                try await act()
            } catch let error as Stopped {
                state.withLock { $0.hasActed = true }
                throw error
            }
            state.withLock { $0.hasActed = true }
        }
    }
#endif
