// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleDriver
    import ConformanceEngine
    import Synchronization

    /// The trial of what stays: launches that are disturbed at every step, and bottles that are destroyed in every way.
    ///
    /// All of them go on at once, as many as the driver allows, and one inventory at the end finds what any of them left: its
    /// name says whose it is. So the trial takes little longer than its launches do.
    struct TeardownScene: Sendable {
        private typealias Remnant = TeardownOutcome.Remnant

        /// Of a costly launch every other step is disturbed, the first and the last of an odd number among them, and one
        /// step is interrupted as well.
        private static func isDisturbed(_ number: Int, _ how: TeardownOutcome.Attempt.How) -> Bool {
            how == .interrupted ? number == 3 : number % 2 == 1
        }
        /// How many launches go on at once at most: more of them would only wait for each other.
        private static let width = 4
        /// A launch that did not come to its step, for example since somebody else has its network, is made again so often.
        private static let tries = 2

        private let scratch: TrialScratch
        private let obstacles: any TrialObstacles
        private let inventory: any TrialInventory
        private let makeDriver: @Sendable (TrialEnvironment) throws -> any Driver
        private let slugs: TrialSlugs
        /// What the slugs of this trial begin with.
        private let prefix: String
        private let mark: TrialMark
        private let settling: Duration
        private let token = TrialScene.letters(40)

        /// - Parameter settling: How long what is taken down may take to be gone, once the driver has said that it is.
        init(
            scratch: TrialScratch, obstacles: any TrialObstacles, inventory: any TrialInventory, slugs: TrialSlugs,
            settling: Duration, makeDriver: @escaping @Sendable (TrialEnvironment) throws -> any Driver
        ) {
            self.scratch = scratch
            self.obstacles = obstacles
            self.inventory = inventory
            self.settling = settling
            self.makeDriver = makeDriver
            self.slugs = slugs
            prefix = "trial-\(TrialScene.letters(8))"
            mark = TrialMark(prefix: prefix, stateRoot: scratch.state, planted: slugs.next("\(prefix)-"))
        }

        /// The two launches that are not disturbed.
        private struct Undisturbed {
            var whole: HostTrialOutcome.Launch
            var partial: HostTrialOutcome.Launch
        }

        func play() async throws -> HostTrialOutcome {
            let whole = slugs.next("\(prefix)-")
            let script = BringUpScript(scout: whole)
            var environment = TrialEnvironment(stateRoot: scratch.state)
            environment.beforeStep = { try script.pass($0, of: $1) }
            let driver = try makeDriver(environment)
            let partial = slugs.next("\(prefix)-")
            let before = try await inventory.take(mark)
            do {
                return try await act(driver, script, whole: whole, partial: partial, before: before)
            } catch {
                // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
                await Task {
                    for slug in [whole, partial] { _ = await destroy(BottleID(slug), driver) }
                    guard let left = try? await inventory.take(mark).subtracting(before) else { return }
                    try? await inventory.remove(left, mark)
                }.value
                throw error
            }
        }

        private func act(
            _ driver: any Driver, _ script: BringUpScript, whole: String, partial: String, before: Set<Remnant>
        ) async throws -> HostTrialOutcome {
            var outcome = HostTrialOutcome(kind: .teardown)
            var teardown = TeardownOutcome()
            let gate = LaunchGate(min(max(try await driver.hello().maxParallel, 1), Self.width))
            async let planting = inventory.plant(mark)
            async let scout = scouted(whole, driver, script, gate)
            async let other = launch("partial", partial, driver, gate)
            async let attempts = attempts(driver, script, gate)
            let undisturbed = Undisturbed(whole: await scout, partial: await other)
            outcome.launches = [undisturbed.whole, undisturbed.partial]

            let plant = try await planting
            let removal = PlantRemoval(plant.remove)
            do {
                let up = try await take { plant.planted.isSubset(of: $0.subtracting(before)) }.subtracting(before)
                for remnant in plant.planted { teardown.planted[remnant.kind.rawValue] = up.contains(remnant) }
                let ofBottles = up.filter { $0.name.contains(whole) || $0.name.contains(partial) }
                teardown.seen = Set(ofBottles.map(\.kind.rawValue)).sorted()

                async let isRemoved: Void = removal()
                teardown.destructions = await destructions(undisturbed, driver)
                try await isRemoved
            } catch {
                // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
                await Task { try? await removal() }.value
                throw error
            }
            teardown.attempts = await attempts
            let after = try await take { $0.subtracting(before).isEmpty }.subtracting(before)
            if !after.isDisjoint(with: plant.planted) { outcome.gaps.append("could not take away what it had planted") }
            teardown.attribute(after.subtracting(plant.planted))
            await clear(after, &outcome)
            outcome.left = FileScan.directories(of: scratch.state)
            outcome.teardown = teardown
            return outcome
        }

        // MARK: Launches

        private func scouted(
            _ slug: String, _ driver: any Driver, _ script: BringUpScript, _ gate: LaunchGate
        ) async -> HostTrialOutcome.Launch {
            defer { script.close() }
            return await launch("whole", slug, driver, gate)
        }

        private func launch(
            _ name: String, _ slug: String, _ driver: any Driver, _ gate: LaunchGate
        ) async -> HostTrialOutcome.Launch {
            await gate.enter()
            defer { gate.leave() }
            var launch = HostTrialOutcome.Launch(name: name, slug: slug)
            do {
                launch.launched = try await driver.launch(request(slug)).slug
            } catch {
                launch.error = "\(error)"
            }
            return launch
        }

        private func request(_ slug: String) -> LaunchRequest {
            TrialRequest.make(slug, token: token, resolver: obstacles.resolver, manifestDirectory: scratch.manifest)
        }

        /// Disturbs a launch at every step that the scout comes to, in each way.
        private func attempts(
            _ driver: any Driver, _ script: BringUpScript, _ gate: LaunchGate
        ) async -> [TeardownOutcome.Attempt] {
            await withTaskGroup(of: TeardownOutcome.Attempt.self) { group in
                var number = 0
                for await step in script.steps {
                    number += 1
                    for how in TeardownOutcome.Attempt.How.allCases {
                        if inventory.isCostly, !Self.isDisturbed(number, how) { continue }
                        group.addTask {
                            await gate.enter()
                            defer { gate.leave() }
                            return await attempt(step, how, driver, script)
                        }
                    }
                }
                var attempts: [TeardownOutcome.Attempt] = []
                for await attempt in group { attempts.append(attempt) }
                return attempts
            }
        }

        private func attempt(
            _ step: String, _ how: TeardownOutcome.Attempt.How, _ driver: any Driver, _ script: BringUpScript
        ) async -> TeardownOutcome.Attempt {
            var attempt = TeardownOutcome.Attempt(step: step, how: how, slug: "")
            for _ in 0..<Self.tries {
                let slug = slugs.next("\(prefix)-")
                attempt = TeardownOutcome.Attempt(step: step, how: how, slug: slug)
                script.disturb(slug, at: step, how)
                // Awaited right below; a task of its own so that it can be cancelled alone.
                let launching = Task { try await driver.launch(request(slug)) }
                script.launching(slug) { launching.cancel() }
                let result = await withTaskCancellationHandler {
                    await launching.result
                } onCancel: {
                    launching.cancel()
                }
                attempt.isReached = script.isReached(slug)
                switch result {
                case .success(let bottle):
                    attempt.cameUp = true
                    attempt.destroyError = await destroy(bottle, driver)
                case .failure(let error): attempt.error = "\(error)"
                }
                if attempt.isReached { break }
            }
            return attempt
        }

        // MARK: The end of bottles

        private func destructions(
            _ undisturbed: Undisturbed, _ driver: any Driver
        ) async -> [TeardownOutcome.Destruction] {
            async let others = partialDestruction(undisturbed.partial, driver)
            var destructions: [TeardownOutcome.Destruction] = []
            if let slug = undisturbed.whole.launched {
                for what in [TeardownOutcome.Destruction.What.whole, .again] {
                    destructions.append(.init(what, slug: slug, error: await destroy(BottleID(slug), driver)))
                }
            }
            let never = slugs.next("\(prefix)-")
            destructions.append(.init(.never, slug: never, error: await destroy(BottleID(never), driver)))
            return destructions + (await others)
        }

        private func partialDestruction(_ launch: HostTrialOutcome.Launch, _ driver: any Driver) async
            -> [TeardownOutcome.Destruction]
        {
            guard let slug = launch.launched else { return [] }
            do {
                try await inventory.takePart(of: slug, mark)
            } catch {
                // Without it there is no partial destruction to tell of; the bottle still has to go.
                _ = await destroy(BottleID(slug), driver)
                return []
            }
            return [.init(.partial, slug: slug, error: await destroy(BottleID(slug), driver))]
        }

        /// The error, when there was one.
        private func destroy(_ bottle: BottleID, _ driver: any Driver) async -> String? {
            do {
                try await driver.destroy(bottle)
                return nil
            } catch {
                return "\(error)"
            }
        }

        // MARK: The inventory

        /// Takes stock until it is as it should be, or for so long as things may take to be gone.
        private func take(_ isFine: (Set<Remnant>) -> Bool) async throws -> Set<Remnant> {
            let end = ContinuousClock.now + settling
            while true {
                let found = try await inventory.take(mark)
                if isFine(found) || ContinuousClock.now >= end { return found }
                try await Task.sleep(for: .milliseconds(10))
            }
        }

        private func clear(_ remnants: Set<Remnant>, _ outcome: inout HostTrialOutcome) async {
            guard !remnants.isEmpty else { return }
            do {
                try await inventory.remove(remnants, mark)
            } catch {
                outcome.gaps.append("could not remove what the driver had left (\(error))")
            }
        }
    }

    /// Lets so many launches go on at once, in the order in which they come.
    private final class LaunchGate: Sendable {
        private struct State {
            var free: Int
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state: Mutex<State>

        init(_ width: Int) { state = Mutex(State(free: width)) }

        /// Returns when there is room; a launch that was cancelled meanwhile is let in as well, and soon over.
        func enter() async {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.free > 0 else {
                        state.waiting.append(continuation)
                        return false
                    }
                    state.free -= 1
                    return true
                }
                if isFree { continuation.resume() }
            }
        }

        func leave() {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.waiting.isEmpty {
                    state.free += 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            next?.resume()
        }
    }
#endif
