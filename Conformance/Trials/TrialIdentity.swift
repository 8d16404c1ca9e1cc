// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleDriver
    import Synchronization

    /// A driver and a slug that several trials use in turn, each with its own say before the steps of a bring-up.
    final class TrialIdentity: Sendable {
        let driver: any Driver
        let slug: String
        /// What the slug begins with, and those of all bottles that are launched beside it.
        let prefix: String
        private let hook: Hook

        private final class Hook: Sendable {
            let body = Mutex<@Sendable (String, String) throws -> Void>({ _, _ in })
        }

        /// - Parameter makeDriver: Makes the driver whose bring-ups are asked about.
        init(
            stateRoot: String, slugs: TrialSlugs,
            makeDriver: @Sendable (TrialEnvironment) throws -> any Driver
        ) throws {
            let hook = Hook()
            var environment = TrialEnvironment(stateRoot: stateRoot)
            environment.beforeStep = { step, slug in try hook.body.withLock { $0 }(step, slug) }
            self.hook = hook
            driver = try makeDriver(environment)
            prefix = "trial-\(TrialScene.letters(8))"
            slug = slugs.next("\(prefix)-")
        }

        /// Has something called before every step from now on, which fails with its error.
        func beforeStep(_ body: @escaping @Sendable (_ step: String, _ slug: String) throws -> Void) {
            hook.body.withLock { $0 = body }
        }
    }
#endif
