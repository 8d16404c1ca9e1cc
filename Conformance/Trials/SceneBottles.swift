// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleDriver
    import ConformanceEngine

    /// Launches and destroys the bottles of one scene, and tells what came of it instead of throwing.
    struct SceneBottles: Sendable {
        typealias Launch = HostTrialOutcome.Launch

        let driver: any Driver
        /// To be entered before a launch.
        let gate: LaunchGate
        let request: @Sendable (_ slug: String) -> LaunchRequest

        func launch(_ name: String, _ slug: String) async -> Launch {
            var launch = Launch(name: name, slug: slug)
            do {
                launch.launched = try await driver.launch(request(slug)).slug
            } catch {
                launch.fail(error)
            }
            return launch
        }

        /// Adds the address that the bottle has, where it came up.
        func described(_ launch: Launch) async -> Launch {
            var launch = launch
            guard let slug = launch.launched else { return launch }
            do {
                launch.bundleAddress = try await driver.bundleAddress(of: BottleID(slug))
            } catch {
                launch.error = "\(error)"
            }
            return launch
        }

        /// The error, when there was one.
        func destroy(_ bottle: BottleID) async -> String? {
            do {
                try await driver.destroy(bottle)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }
#endif
