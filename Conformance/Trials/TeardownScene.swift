// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleDriver
    import ConformanceEngine

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
        /// A launch that did not come to its step, for example since somebody else has its network, is made again so often.
        private static let tries = 2

        private let scratch: TrialScratch
        private let inventory: any TrialInventory
        private let slugs: TrialSlugs
        private let prefix: String
        private let mark: TrialMark
        private let settling: Duration
        private let launches: PairLaunches
        private let script: BringUpScript
        private var bottles: SceneBottles { launches.bottles }

        /// - Parameters:
        ///   - prefix: What the slugs of the trial begin with.
        ///   - settling: How long what is taken down may take to be gone, once the driver has said that it is.
        ///   - launches: The two that are not disturbed.
        ///   - script: What the driver asks before every step; the first of the two is its scout.
        init(
            scratch: TrialScratch, inventory: any TrialInventory, slugs: TrialSlugs, prefix: String,
            settling: Duration, launches: PairLaunches, script: BringUpScript
        ) {
            self.scratch = scratch
            self.inventory = inventory
            self.slugs = slugs
            self.prefix = prefix
            self.settling = settling
            self.launches = launches
            self.script = script
            mark = TrialMark(prefix: prefix, stateRoot: scratch.state, planted: slugs.next("\(prefix)-"))
        }

        /// - Parameter pair: What came of the two launches; stays as it is where they were not made. They are destroyed in
        ///   any case.
        func play(_ pair: inout BottlePair?) async -> HostTrialOutcome {
            let before: Set<Remnant>
            do {
                // What the plain trial has left of the same identity is no more excused than what this one leaves.
                before = try await inventory.take(mark).filter { [prefix] in !$0.name.contains(prefix) }
            } catch {
                return HostTrialOutcome(kind: .teardown, failure: "\(error)")
            }
            do {
                return try await act(&pair, before: before)
            } catch {
                // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
                await Task {
                    for slug in [launches.whole, launches.sibling, launches.partial].compactMap(\.self) {
                        _ = await bottles.destroy(BottleID(slug))
                    }
                    guard let left = try? await inventory.take(mark).subtracting(before) else { return }
                    try? await inventory.remove(left, mark)
                }.value
                return HostTrialOutcome(kind: .teardown, failure: "\(error)")
            }
        }

        private func act(_ known: inout BottlePair?, before: Set<Remnant>) async throws -> HostTrialOutcome {
            var outcome = HostTrialOutcome(kind: .teardown)
            var teardown = TeardownOutcome()
            async let planting = inventory.plant(mark)
            async let attempts = attempts()
            let pair = await launches.bringUp { [script] in script.close() }
            known = pair
            outcome.launches = [pair.whole, pair.partial]

            let plant = try await planting
            let removal = PlantRemoval(plant.remove)
            do {
                let up = try await take { plant.planted.isSubset(of: $0.subtracting(before)) }.subtracting(before)
                for remnant in plant.planted { teardown.planted[remnant.kind.rawValue] = up.contains(remnant) }
                let ofBottles = up.filter { $0.name.contains(launches.whole) || $0.name.contains(launches.partial) }
                teardown.seen = Set(ofBottles.map(\.kind.rawValue)).sorted()

                async let isRemoved: Void = removal()
                teardown.destructions = await destructions(pair)
                for end in teardown.destructions where end.what == .whole { known?.noteEnd(of: end.slug, end.error) }
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
            known?.left = FileScan.directories(of: scratch.state)
            await clear(after, &outcome)
            outcome.left = FileScan.directories(of: scratch.state)
            outcome.teardown = teardown
            return outcome
        }

        // MARK: Launches

        /// Disturbs a launch at every step that the scout comes to, in each way.
        private func attempts() async -> [TeardownOutcome.Attempt] {
            await withTaskGroup(of: TeardownOutcome.Attempt.self) { group in
                var number = 0
                for await step in script.steps {
                    number += 1
                    for how in TeardownOutcome.Attempt.How.allCases {
                        if inventory.isCostly, !Self.isDisturbed(number, how) { continue }
                        group.addTask {
                            await bottles.gate.enter()
                            defer { bottles.gate.leave() }
                            return await attempt(step, how)
                        }
                    }
                }
                var attempts: [TeardownOutcome.Attempt] = []
                for await attempt in group { attempts.append(attempt) }
                return attempts
            }
        }

        private func attempt(
            _ step: String, _ how: TeardownOutcome.Attempt.How
        ) async -> TeardownOutcome.Attempt {
            var attempt = TeardownOutcome.Attempt(step: step, how: how, slug: "")
            for _ in 0..<Self.tries {
                let slug = slugs.next("\(prefix)-")
                attempt = TeardownOutcome.Attempt(step: step, how: how, slug: slug)
                script.disturb(slug, at: step, how)
                // Awaited right below; a task of its own so that it can be cancelled alone.
                let launching = Task { [bottles] in try await bottles.driver.launch(bottles.request(slug)) }
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
                    attempt.destroyError = await bottles.destroy(bottle)
                case .failure(let error): attempt.error = "\(error)"
                }
                if attempt.isReached { break }
            }
            return attempt
        }

        // MARK: The end of bottles

        private func destructions(_ pair: BottlePair) async -> [TeardownOutcome.Destruction] {
            async let others = partialDestruction(pair.partial)
            var destructions: [TeardownOutcome.Destruction] = []
            if let slug = pair.whole.launched {
                for what in [TeardownOutcome.Destruction.What.whole, .again] {
                    destructions.append(.init(what, slug: slug, error: await bottles.destroy(BottleID(slug))))
                }
            }
            let never = slugs.next("\(prefix)-")
            destructions.append(.init(.never, slug: never, error: await bottles.destroy(BottleID(never))))
            return destructions + (await others)
        }

        private func partialDestruction(
            _ launch: HostTrialOutcome.Launch
        ) async -> [TeardownOutcome.Destruction] {
            guard let slug = launch.launched else { return [] }
            do {
                try await inventory.takePart(of: slug, mark)
            } catch {
                // Without it there is no partial destruction to tell of; the bottle still has to go.
                _ = await bottles.destroy(BottleID(slug))
                return []
            }
            return [.init(.partial, slug: slug, error: await bottles.destroy(BottleID(slug)))]
        }

        // MARK: The inventory

        /// Takes stock until it is as it should be, or for so long as things may take to be gone.
        private func take(_ isFine: (Set<Remnant>) -> Bool) async throws -> Set<Remnant> {
            let end = ContinuousClock.now + settling
            var pause = Duration.milliseconds(10)
            while true {
                let found = try await inventory.take(mark)
                if isFine(found) || ContinuousClock.now >= end { return found }
                // What is not gone at once takes its time, and to look for it slows it down.
                try await Task.sleep(for: min(pause, end - .now))
                pause = min(pause * 2, .milliseconds(200))
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
#endif
