// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleDriver
    import BottleSystem
    import ConformanceEngine
    import FoundationEssentials

    /// One trial while it is going on.
    struct TrialScene: Sendable {
        /// The trials of which files and command lines are judged.
        private static let judged: Set<HostTrial.Kind> = [.plain, .failingBringUp]
        /// How often the same files are made for the watch to see them from their first moment on: at least so often,
        /// and more often for as long as a few launches of a container take. Which of two threads is first is chance.
        private static let fewestLaunches = 4
        private static let mostLaunches = 16
        private static let cutLaunches = 8
        private static let watchingTime = Duration.seconds(4)

        let kind: HostTrial.Kind
        let scratch: TrialScratch
        let obstacles: any TrialObstacles
        let slugs: TrialSlugs
        /// Of a trial whose driver and slug another one uses as well, and launches again.
        let identity: TrialIdentity?
        let makeDriver: @Sendable (TrialEnvironment) throws -> any Driver
        /// The value that the driver is given and that must turn up nowhere.
        private let token = TrialScene.letters(40)

        init(
            kind: HostTrial.Kind, scratch: TrialScratch, obstacles: any TrialObstacles, slugs: TrialSlugs,
            identity: TrialIdentity? = nil, makeDriver: @escaping @Sendable (TrialEnvironment) throws -> any Driver
        ) {
            self.kind = kind
            self.scratch = scratch
            self.obstacles = obstacles
            self.slugs = slugs
            self.identity = identity
            self.makeDriver = makeDriver
        }

        /// What is collected while the trial goes on.
        private struct Notes {
            var outcome: HostTrialOutcome
            let secret: Needles

            mutating func look(
                for place: HostTrialOutcome.Leak.Place, _ detail: String, in bytes: some Collection<UInt8>
            ) {
                guard let encoding = secret.encoding(in: bytes) else { return }
                outcome.leaks.append(.init(place: place, detail: detail, encoding: encoding))
            }

            /// Looks through every file below a directory.
            mutating func lookThroughFiles(of root: String) {
                let gaps = FileScan.contents(below: root, limit: 16 << 20) { look(for: .file, $0, in: $1) }
                outcome.gaps += gaps
            }
        }

        func play() async throws -> HostTrialOutcome {
            var notes = Notes(outcome: HostTrialOutcome(kind: kind), secret: Needles(token))
            let decoys = Decoys(directory: "\(scratch.directory)/\(Decoys.name)")
            try decoys.prepare()
            let watch = HostWatch(
                root: scratch.directory, secrets: ["token": notes.secret, Decoys.name: decoys.needles],
                isEager: Self.judged.contains(kind))
            try await watch.start()
            var failure: (any Error)?
            do {
                try await decoys.show { await watch.waitForRound() }
                try await act(&notes, watch)
            } catch {
                failure = error
            }
            await watch.stop()
            notes.outcome.decoys = decoys.seen(by: watch)
            notes.outcome.sightings = watch.sightings(below: "state")
            notes.outcome.metadata = watch.metadata
            notes.outcome.gaps += watch.gaps
            notes.outcome.leaks += watch.leaks(of: "token")
            notes.outcome.left = FileScan.directories(of: scratch.state)
            if let failure { throw failure }
            return notes.outcome
        }

        private func act(_ notes: inout Notes, _ watch: HostWatch) async throws {
            var environment = TrialEnvironment(
                stateRoot: scratch.state, helperDirectory: kind == .missingTool ? scratch.empty : nil)
            if kind == .failingBringUp {
                environment.beforeStep = { _, slug in
                    // Whatever was prepared has been seen by then.
                    await watch.waitForRound()
                    throw BottleError(.launch, "The bring-up of \(slug) was stopped by the trial.")
                }
            }
            let driver = try identity?.driver ?? makeDriver(environment)
            let slug = identity?.slug ?? slugs.next()
            switch kind {
            case .missingTool, .missingToken, .missingSkill, .failingBringUp:
                await launchAlone("first", slug, driver, &notes, watch)
            case .plain:
                await launchAlone("first", slug, driver, &notes, watch)
                if identity == nil { await launchAlone("again", slug, driver, &notes, watch) }
                // What was quicker than the watch in one launch is seen in another, which makes the same files: the first of
                // them also in one that is cut off when they are made, and costs next to nothing. Where launches are quick, the
                // watch loses more often, and another one costs less.
                for _ in 1...Self.cutLaunches where await !hasSeenAll(watch) { await launchCut(slug, watch, &notes) }
                let enough = ContinuousClock.now + Self.watchingTime
                for attempt in 2...Self.mostLaunches {
                    if await hasSeenAll(watch) { break }
                    if attempt > Self.fewestLaunches, ContinuousClock.now >= enough { break }
                    await launchAlone("again \(attempt)", slug, driver, &notes, watch)
                }
            case .networks, .teardown, .conversion:
                throw BottleError(.internalFault, "The trial \(kind.rawValue) has a scene of its own.")
            }
        }

        private func hasSeenAll(_ watch: HostWatch) async -> Bool {
            await watch.waitForRound()
            return watch.sightings(below: "state").allSatisfy(\.isWhole)
        }

        /// A launch whose bring-up fails at its first step.
        private func launchCut(_ slug: String, _ watch: HostWatch, _ notes: inout Notes) async {
            var environment = TrialEnvironment(stateRoot: scratch.state)
            environment.beforeStep = { _, slug in
                throw BottleError(.launch, "The bring-up of \(slug) was cut off by the trial.")
            }
            watch.beAlert(for: .seconds(5))
            do {
                let driver = try makeDriver(environment)
                await destroy(try await driver.launch(request(slug)), driver, &notes)
            } catch {
                // As it was meant to; what it says is looked at in the trial of a bring-up that fails.
            }
        }

        private func launchAlone(
            _ name: String, _ slug: String, _ driver: any Driver, _ notes: inout Notes, _ watch: HostWatch
        ) async {
            if let bottle = await launch(name, slug, driver, &notes, watch) { await destroy(bottle, driver, &notes) }
            notes.lookThroughFiles(of: scratch.state)
        }

        private func launch(
            _ name: String, _ slug: String, _ driver: any Driver, _ notes: inout Notes, _ watch: HostWatch
        ) async -> BottleID? {
            var launch = HostTrialOutcome.Launch(name: name, slug: slug)
            defer { notes.outcome.launches.append(launch) }
            do {
                let request = request(slug)
                let report = try await driver.plan(request)
                notes.look(for: .plan, "the plan", in: try JSONEncoder().encode(report))
                watch.beAlert(for: .seconds(5))
                let bottle = try await driver.launch(request)
                launch.launched = bottle.slug
                // Of the others no row looks at more than whether they came up.
                guard Self.judged.contains(kind) else { return bottle }
                do {
                    if name == "first" {
                        let description = try await driver.describe(bottle)
                        launch.bundleAddress = description.bundleAddress
                        notes.look(for: .description, "the description", in: try JSONEncoder().encode(description))
                    } else {
                        // It is described like the first one, which took a good part of its launch.
                        launch.bundleAddress = try await driver.bundleAddress(of: bottle)
                    }
                    notes.look(
                        for: .log, "the sidecars' logs", in: try JSONEncoder().encode(try await driver.logs(bottle)))
                } catch {
                    launch.error = "\(error)"
                }
                notes.lookThroughFiles(of: scratch.state)
                return bottle
            } catch {
                launch.fail(error)
                notes.look(for: .error, "the error of the launch", in: Array("\(error)".utf8))
                return nil
            }
        }

        private func destroy(_ bottle: BottleID, _ driver: any Driver, _ notes: inout Notes) async {
            do {
                try await driver.destroy(bottle)
            } catch {
                notes.outcome.failure = "bottle \(bottle) could not be destroyed: \(error)"
            }
        }

        private func request(_ slug: String) -> LaunchRequest {
            TrialRequest.make(
                slug, token: kind == .missingToken ? nil : token,
                skills: kind == .missingSkill ? [HostTrial.missingSkill] : [], resolver: obstacles.resolver,
                manifestDirectory: scratch.manifest)
        }

        /// No hex digits, so that nothing takes it for a nonce.
        static func letters(_ count: Int) -> String {
            let letters = Array("ghijklmnopqrstuvwxyz".utf8)
            return String(decoding: (0..<count).map { _ in letters[Int.random(in: 0..<letters.count)] }, as: UTF8.self)
        }
    }
#endif
