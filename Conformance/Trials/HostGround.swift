// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    package import BottleBackends
    package import BottleDriver
    package import ConformanceEngine
    import BottleCore
    import BottleSystem
    import Glibc
    import Synchronization

    /// What a driver of a trial is made of.
    package struct TrialEnvironment: Sendable {
        /// Stands for `<state>/claude-bottle`.
        package var stateRoot: String
        /// The only place to look for the driver's own tools; nil is where they are.
        package var helperDirectory: String?
        /// What image the driver makes its guests from, where the trial has one of its own.
        package var conversion: Conversion?
        /// To be called right before every step of a bring-up, which fails with its error.
        package var beforeStep: BringUpHook

        /// An image that is converted for a launch.
        package struct Conversion: Sendable {
            /// As the user would name it.
            package var reference: String
            /// Stands for `<cache>/claude-bottle`.
            package var cache: String
        }

        package init(
            stateRoot: String, helperDirectory: String? = nil, conversion: Conversion? = nil,
            beforeStep: @escaping BringUpHook = { _, _ in }
        ) {
            self.stateRoot = stateRoot
            self.helperDirectory = helperDirectory
            self.conversion = conversion
            self.beforeStep = beforeStep
        }
    }

    /// What only a backend's own kind of host can put in a launch's way; each returns how to take it away again.
    package protocol TrialObstacles: Sendable {
        typealias Undo = @Sendable () async -> Void
        /// Gives the host a network that holds these addresses.
        func takeNetwork(_ cidr: String, of slug: String) async throws -> Undo
        /// The name server that a bundle is to use.
        var resolver: String { get }
    }

    /// The process's mask for new files, which is nobody's own: open as long as one trial wants it to be.
    private enum OpenMask {
        private struct State {
            var users = 0
            var mask: mode_t = 0
        }
        private static let state = Mutex(State())

        static func enter() {
            state.withLock { state in
                if state.users == 0 { state.mask = umask(0) }
                state.users += 1
            }
        }

        static func leave() {
            state.withLock { state in
                state.users -= 1
                if state.users == 0 { umask(state.mask) }
            }
        }
    }

    /// Carries trials out: makes drivers with state of their own, and watches files and command lines meanwhile.
    package struct HostGround: TrialGround {
        private let obstacles: any TrialObstacles
        private let inventory: any TrialInventory
        private let images: (any TrialImages)?
        private let sweeps: Bool
        private let settling: Duration
        private let conversions: Set<ConversionOutcome.Attempt.How>?
        private let slugs = TrialSlugs()
        private let makeDriver: @Sendable (TrialEnvironment) throws -> any Driver

        /// - Parameters:
        ///   - images: Nil where guests are made from what is no image.
        ///   - sweeps: Has the driver sweep after each trial: for one that is broken on purpose and leaves things.
        ///   - settling: How long what is taken down may take to be gone, once the driver has said that it is: what only ends
        ///     by itself then is a process or two, and a slow machine must not make a leftover of them.
        ///   - conversions: Which parts of a trial of conversions are played; nil is all.
        package init(
            obstacles: any TrialObstacles, inventory: any TrialInventory, images: (any TrialImages)? = nil,
            sweeps: Bool = false,
            settling: Duration = .seconds(8), conversions: Set<ConversionOutcome.Attempt.How>? = nil,
            makeDriver: @escaping @Sendable (TrialEnvironment) throws -> any Driver
        ) {
            self.obstacles = obstacles
            self.inventory = inventory
            self.images = images
            self.sweeps = sweeps
            self.settling = settling
            self.conversions = conversions
            self.makeDriver = makeDriver
        }

        package func run(
            _ kinds: [HostTrial.Kind], plainIsOver: @escaping @Sendable () -> Void = {}
        ) async -> [HostTrialOutcome] {
            let sharing = kinds.filter(\.sharesBottles)
            var outcomes =
                sharing.isEmpty ? [] : await run(sharing) { try await play(Set(sharing), $0, plainIsOver) }
            for kind in kinds where !kind.sharesBottles {
                outcomes += await run([kind]) { [try await play(kind, $0)] }
            }
            return outcomes
        }

        /// Plays in a directory made for it.
        private func run(
            _ kinds: [HostTrial.Kind], _ play: (TrialScratch) async throws -> [HostTrialOutcome]
        ) async -> [HostTrialOutcome] {
            let failed: (any Error) -> [HostTrialOutcome] = { error in
                kinds.map { HostTrialOutcome(kind: $0, failure: "\(error)") }
            }
            do {
                let scratch = try TrialScratch.make()
                defer { scratch.remove() }
                let outcomes: [HostTrialOutcome]
                do { outcomes = try await play(scratch) } catch { outcomes = failed(error) }
                if sweeps { _ = try await makeDriver(TrialEnvironment(stateRoot: scratch.state)).sweep() }
                return outcomes
            } catch {
                return failed(error)
            }
        }

        /// The plain trial, and then those of two bottles, of which one is its own once more.
        private func play(
            _ kinds: Set<HostTrial.Kind>, _ scratch: TrialScratch, _ plainIsOver: @Sendable () -> Void
        ) async throws -> [HostTrialOutcome] {
            let identity = try TrialIdentity(stateRoot: scratch.state, slugs: slugs, makeDriver: makeDriver)
            var plain: HostTrialOutcome?
            if kinds.contains(.plain) {
                do {
                    plain = try await play(.plain, scratch, kinds.contains(.networks) ? identity : nil)
                } catch {
                    plain = HostTrialOutcome(kind: .plain, failure: "\(error)")
                }
                plainIsOver()
            }
            let others = kinds.subtracting([.plain])
            guard !others.isEmpty else { return [plain].compactMap(\.self) }
            let outcomes: [HostTrialOutcome]
            do {
                outcomes = try await PairScene(
                    kinds: others, scratch: scratch, obstacles: obstacles, inventory: inventory, slugs: slugs,
                    settling: settling, identity: identity
                ).play()
            } catch {
                outcomes = others.map { HostTrialOutcome(kind: $0, failure: "\(error)") }
            }
            if var again = outcomes.first(where: { $0.kind == .networks })?.launch("first") {
                again.name = "again"
                plain?.launches.append(again)
            }
            return outcomes + [plain].compactMap(\.self)
        }

        private func play(
            _ kind: HostTrial.Kind, _ scratch: TrialScratch, _ identity: TrialIdentity? = nil
        ) async throws -> HostTrialOutcome {
            if kind == .conversion {
                guard let images else {
                    throw BottleError(.unsupported, "This backend's guests are not converted from images.")
                }
                return await ConversionScene(
                    scratch: scratch, images: images, inventory: inventory, resolver: obstacles.resolver, slugs: slugs,
                    settling: settling, wanted: conversions, makeDriver: makeDriver
                ).play()
            }
            // What is created with any bit too many shows: the process's own mask takes none away.
            OpenMask.enter()
            defer { OpenMask.leave() }
            return try await TrialScene(
                kind: kind, scratch: scratch, obstacles: obstacles, slugs: slugs, identity: identity,
                makeDriver: makeDriver
            ).play()
        }
    }
#endif
