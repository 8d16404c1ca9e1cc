// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleDriver
    import ConformanceEngine

    /// The trials about two bottles that nothing disturbs: who else gets into their networks, and what stays of them and of
    /// launches that are disturbed.
    ///
    /// A bottle is most of what a trial costs, so that both trials look at the same two. What one of them lacks, or finds, is
    /// no matter of the other.
    struct PairScene: Sendable {
        /// How many launches go on at once at most: more of them would only wait for each other.
        private static let width = 4

        private let kinds: Set<HostTrial.Kind>
        private let scratch: TrialScratch
        private let obstacles: any TrialObstacles
        private let inventory: any TrialInventory
        private let slugs: TrialSlugs
        private let settling: Duration
        /// Of the first of the two.
        private let identity: TrialIdentity
        /// What the slugs of this trial begin with.
        private var prefix: String { identity.prefix }
        private let token = TrialScene.letters(40)

        /// - Parameters:
        ///   - kinds: Which of the trials are wanted: nothing is done that only the other one needs.
        ///   - settling: How long what is taken down may take to be gone, once the driver has said that it is.
        init(
            kinds: Set<HostTrial.Kind>, scratch: TrialScratch, obstacles: any TrialObstacles,
            inventory: any TrialInventory, slugs: TrialSlugs, settling: Duration, identity: TrialIdentity
        ) {
            self.kinds = kinds
            self.scratch = scratch
            self.obstacles = obstacles
            self.inventory = inventory
            self.slugs = slugs
            self.settling = settling
            self.identity = identity
        }

        /// The outcomes of the kinds that are wanted.
        func play() async throws -> [HostTrialOutcome] {
            let (whole, partial) = (identity.slug, slugs.next("\(prefix)-"))
            let sibling = kinds.contains(.networks) ? TrialSlugs.sibling(of: whole, "\(prefix)-") : nil
            let script = BringUpScript(scout: whole)
            identity.beforeStep { try script.pass($0, of: $1) }
            let driver = identity.driver
            let (token, resolver, manifest) = (token, obstacles.resolver, scratch.manifest)
            let bottles = SceneBottles(
                driver: driver, gate: LaunchGate(min(max(try await driver.hello().maxParallel, 1), Self.width))
            ) { TrialRequest.make($0, token: token, resolver: resolver, manifestDirectory: manifest) }
            let launches = PairLaunches(
                bottles: bottles, obstacles: obstacles, state: scratch.state, whole: whole, partial: partial,
                sibling: sibling)

            var (pair, teardown) = (BottlePair?.none, HostTrialOutcome?.none)
            if kinds.contains(.teardown) {
                let scene = TeardownScene(
                    scratch: scratch, inventory: inventory, slugs: slugs, prefix: prefix, settling: settling,
                    launches: launches, script: script)
                teardown = await scene.play(&pair)
            }
            guard let sibling else { return [teardown].compactMap(\.self) }
            var networks = await self.networks(launches, played: pair)
            networks.left = left(pair?.left ?? FileScan.directories(of: scratch.state)) { directory in
                directory.contains(whole) || directory.contains(sibling)
                    || directory.contains(partial) && (pair?.leftByTaken.contains(directory) ?? true)
            }
            return [teardown, networks].compactMap(\.self)
        }

        /// The trial of networks, with bottles of its own where the other trial brought none up.
        private func networks(_ launches: PairLaunches, played: BottlePair?) async -> HostTrialOutcome {
            if let played { return played.networks }
            var pair = await launches.bringUp {}
            let up = [pair.partial, pair.whole].compactMap(\.launched)
            // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
            let errors = await Task { [bottles = launches.bottles] in
                var errors: [(String, String?)] = []
                for slug in up { errors.append((slug, await bottles.destroy(BottleID(slug)))) }
                return errors
            }.value
            for (slug, error) in errors { pair.noteEnd(of: slug, error) }
            return pair.networks
        }

        /// What no disturbed launch has left: those are named like the others, but like none of the trial of networks.
        private func left(_ directories: [String], isOwn: (String) -> Bool) -> [String] {
            directories.filter { !$0.contains(prefix) || isOwn($0) }
        }
    }
#endif
