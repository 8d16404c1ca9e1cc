// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import BottleDriver
    import ConformanceEngine
    import Glibc

    /// The trial of how an image becomes an artefact: launches with a cache of their own, most of which end when they have theirs.
    ///
    /// One after the other, and nothing else of the run beside them: a conversion is the most that a launch can cost, and what
    /// listens or is left on this machine meanwhile has to be the driver's.
    struct ConversionScene: Sendable {
        typealias Attempt = ConversionOutcome.Attempt
        typealias Image = ConversionOutcome.Image

        /// How often a program that saves is tried to be killed before it is done.
        private static let tries = 4
        /// How long a conversion takes, where none was measured.
        private static let assumed = Duration.seconds(8)

        let scratch: TrialScratch
        let images: any TrialImages
        let inventory: any TrialInventory
        let resolver: String
        let slugs: TrialSlugs
        /// How long what is taken down may take to be gone.
        let settling: Duration
        /// Which attempts are made; nil is all of them.
        let wanted: Set<Attempt.How>?
        let makeDriver: @Sendable (TrialEnvironment) throws -> any Driver
        private let prefix = "trial-\(TrialScene.letters(8))"
        private let token = TrialScene.letters(40)

        init(
            scratch: TrialScratch, images: any TrialImages, inventory: any TrialInventory, resolver: String,
            slugs: TrialSlugs, settling: Duration, wanted: Set<Attempt.How>? = nil,
            makeDriver: @escaping @Sendable (TrialEnvironment) throws -> any Driver
        ) {
            self.scratch = scratch
            self.images = images
            self.inventory = inventory
            self.resolver = resolver
            self.slugs = slugs
            self.settling = settling
            self.wanted = wanted
            self.makeDriver = makeDriver
        }

        var cache: ConversionCache { ConversionCache(directory: "\(scratch.directory)/cache") }
        private var reference: String { "claude-bottle-\(prefix):latest" }
        private var otherReference: String { "claude-bottle-\(prefix):other" }
        private var makings: [String] { ["claude-bottle-\(prefix):first", "claude-bottle-\(prefix):second"] }

        func play() async -> HostTrialOutcome {
            var outcome = HostTrialOutcome(kind: .conversion)
            do {
                try await act(&outcome)
            } catch {
                outcome.failure = "\(error)"
            }
            // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
            let removed = await Task { try await images.remove([reference, otherReference] + makings) }.result
            if case .failure(let error) = removed, outcome.failure == nil { outcome.failure = "\(error)" }
            return outcome
        }

        private func act(_ outcome: inout HostTrialOutcome) async throws {
            guard mkdir(cache.directory, 0o700) == 0 else { throw BottleError.io("make \(cache.directory)", errno) }
            let first = try await make(0), second = try await make(1)
            try await images.tag(first.digest, as: reference)
            var conversion = ConversionOutcome(images: [first, second])
            let before = try await images.census()
            try await plant(&conversion)
            let watch = ConversionWatch(cache: cache.directory)
            try await watch.start()
            do {
                try await showListener(&conversion, watch)
                var census = ConversionCensus(images: images, watch: watch, known: before)
                try await attempts(first, second, watch, &census, &conversion, &outcome)
                conversion.strangers = census.strangers
                conversion.left = try await left(before).sorted()
                conversion.reference = try await images.digest(of: reference)
            } catch {
                await watch.stop()
                throw error
            }
            await watch.stop()
            outcome.gaps = watch.gaps
            outcome.left = FileScan.directories(of: scratch.state)
            outcome.conversion = conversion
        }

        private func make(_ number: Int) async throws -> Image {
            let marker = TrialScene.letters(32)
            let digest = try await images.make(
                makings[number], marker: marker, slug: slugs.next("\(prefix)-"), stateRoot: scratch.state)
            return Image(digest: digest, marker: marker)
        }

        // MARK: The attempts

        private func attempts(
            _ first: Image, _ second: Image, _ watch: ConversionWatch, _ census: inout ConversionCensus,
            _ conversion: inout ConversionOutcome, _ outcome: inout HostTrialOutcome
        ) async throws {
            var packing: Duration?
            func play(_ attempt: Attempt, _ script: ConversionScript, reference: String? = nil, kill: Kill? = nil)
                async throws
                -> Attempt
            {
                try Task.checkCancellation()
                try await census.lookForStrangers()
                let (done, seen) = await self.play(
                    attempt, script, reference: reference ?? self.reference, watch, kill, &outcome)
                conversion.listeners += seen.listeners.sorted().map { .init(socket: $0, during: attempt.how) }
                // The shortest of those that were whole: the first one finds nothing in memory.
                if [.together, .keepFailed].contains(attempt.how), let time = seen.packing {
                    packing = min(packing ?? time, time)
                }
                try await census.lookAround()
                return done
            }

            func add(
                _ how: Attempt.How, of image: Image, _ script: @autoclosure () -> ConversionScript, launches: Int = 1,
                reference: String? = nil, kill: Kill? = nil
            ) async throws {
                guard wants(how) else { return }
                conversion.attempts.append(
                    try await play(
                        Attempt(how, image: image.digest, launches: launches), script(), reference: reference,
                        kill: kill))
            }

            // One image, which is there already from the second time on.
            let plain = { ConversionScript { watch.endConversion() } }
            try await add(.together, of: first, plain(), launches: 2)
            try await add(.again, of: first, plain())
            try await images.tag(first.digest, as: otherReference)
            try await add(.renamed, of: first, plain(), reference: otherReference)

            // The same reference, and another image: disturbed in every way, and whole in the end.
            try await images.tag(second.digest, as: reference)
            try await add(.saveFailed, of: second, ConversionScript(at: "save"))
            for attempt in 1...Self.tries where wants(.saveKilled) {
                // One that was too fast to be killed gets no further.
                let done = try await play(
                    Attempt(.saveKilled, image: second.digest), ConversionScript(at: "convert"), kill: .save)
                guard done.isDisturbed || attempt == Self.tries else { continue }
                conversion.attempts.append(done)
                break
            }
            try await add(.convertFailed, of: second, ConversionScript(at: "convert"))
            let packed = ArchiveSight()
            try await add(.contentChanged, of: second, change(second, watch, packed))
            conversion.isPacked = !packed.all.isEmpty
            try await add(.imageSwapped, of: second, swap(first, watch))
            try await add(.keepFailed, of: second, ConversionScript(at: "keep"))
            let whole = packing ?? Self.assumed
            try await add(.interrupted, of: second, plain(), kill: .interrupt(whole / 4))
            try await add(.packKilled, of: second, plain(), kill: .pack(whole * 2 / 5))
            guard wants(.partial) else { return }
            var last = Attempt(.partial, image: second.digest)
            last.planted = try cache.plantHalf(of: second)
            let through = ConversionScript(goesOn: true) { watch.endConversion() }
            conversion.attempts.append(try await play(last, through))
        }

        private func wants(_ how: Attempt.How) -> Bool { wanted?.contains(how) ?? true }

        /// Changes the file by which an image is known, in its archive.
        ///
        /// - Parameter packed: Gets the archive where that file stands nowhere as it is.
        private func change(_ image: Image, _ watch: ConversionWatch, _ packed: ArchiveSight) -> ConversionScript {
            ConversionScript(at: "convert", whenReady: { watch.endConversion() }) { [cache] in
                let other = TrialScene.letters(image.marker.utf8.count)
                let archive = try cache.archive()
                guard try ConversionCache.replace(image.marker, with: other, in: archive) else {
                    packed.note([archive])
                    throw BottleError(.unsupported, "The layers of the image are packed in its archive.")
                }
            }
        }

        /// Puts the archive of another image in the place of the one that is to be converted.
        private func swap(_ other: Image, _ watch: ConversionWatch) -> ConversionScript {
            ConversionScript(at: "convert", whenReady: { watch.endConversion() }) { [cache, images, scratch] in
                let archive = try cache.archive()
                let path = "\(scratch.directory)/other.tar"
                try await images.save(other.digest, to: path)
                guard chmod(path, 0o644) == 0, rename(path, archive) == 0 else {
                    throw BottleError.io("put another archive in the place of \(archive)", errno)
                }
            }
        }

        // MARK: One attempt

        /// How a conversion is cut off.
        private enum Kill {
            case save
            case pack(Duration)
            case interrupt(Duration)
        }

        private func play(
            _ start: Attempt, _ script: ConversionScript, reference: String, _ watch: ConversionWatch, _ kill: Kill?,
            _ outcome: inout HostTrialOutcome
        ) async -> (Attempt, ConversionWatch.Seen) {
            var attempt = start
            let archives = ArchiveSight()
            let cache = cache
            watch.begin()
            let launches = (0..<attempt.launches).map { _ in
                let slug = slugs.next("\(prefix)-")
                // Awaited below; a task of its own so that it can be cancelled alone.
                return (
                    slug: slug,
                    task: Task { [self] in
                        let driver = try makeDriver(
                            TrialEnvironment(
                                stateRoot: scratch.state,
                                conversion: .init(reference: reference, cache: cache.directory)
                            ) { step, slug in
                                if step == "convert" { archives.note(cache.archives) }
                                try await script.pass(step, of: slug)
                            })
                        return (driver, try await driver.launch(request(slug)))
                    }
                )
            }
            switch kill {
            case .save: watch.strike(.save, after: .zero, Self.kill)
            case .pack(let delay): watch.strike(.pack, after: delay, Self.kill)
            case .interrupt(let delay):
                watch.strike(.pack, after: delay) { _ in for launch in launches { launch.task.cancel() } }
            case nil: break
            }
            for launch in launches {
                let result = await withTaskCancellationHandler {
                    await launch.task.result
                } onCancel: {
                    launch.task.cancel()
                }
                switch result {
                case .success((let driver, let bottle)):
                    if attempt.how == .partial {
                        outcome.launches.append(.init(name: "through", slug: launch.slug, launched: bottle.slug))
                        await ask(driver, bottle, &attempt)
                    }
                    // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
                    let end = await Task { try await driver.destroy(bottle) }.result
                    if case .failure(let error) = end {
                        outcome.failure = "bottle \(bottle) could not be destroyed: \(error)"
                    }
                case .failure(let error):
                    if !(error is ConversionScript.Stopped) { attempt.errors.append("\(error)") }
                    guard attempt.how == .partial else { continue }
                    outcome.launches.append(.init(name: "through", slug: launch.slug, error: "\(error)"))
                }
            }
            let seen = await watch.end()
            attempt.ready = script.ready
            attempt.milliseconds = script.milliseconds
            attempt.archives = archives.all
            (attempt.appeared, attempt.saves, attempt.packs) = (seen.appeared, seen.saves.count, seen.packs.count)
            (attempt.entries, attempt.left) = (cache.entries, cache.archives)
            attempt.isDisturbed =
                switch kill {
                case .save: seen.hasStruck && !script.hasReached("convert")
                case .pack, .interrupt: seen.hasStruck && !script.hasReached("keep")
                case nil: script.hasActed || attempt.planted != nil
                }
            return (attempt, seen)
        }

        private static func kill(_ processes: Set<Int32>) { for process in processes { Glibc.kill(process, SIGKILL) } }

        /// Asks a guest which image it has.
        private func ask(_ driver: any Driver, _ bottle: BottleID, _ attempt: inout Attempt) async {
            do {
                let script = "read -r marker <\(images.markerPath); echo \"$marker\""
                let result = try await driver.exec(ExecRequest(["/bin/sh", "-c", script]), in: bottle)
                let text = String(decoding: result.stdout, as: UTF8.self)
                attempt.marker = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            } catch {
                attempt.errors.append("\(error)")
            }
        }

        private func request(_ slug: String) -> LaunchRequest {
            TrialRequest.make(slug, token: token, resolver: resolver, manifestDirectory: scratch.manifest)
        }

        // MARK: What the watcher has to see

        /// Plants one thing of every kind, and takes it away.
        private func plant(_ conversion: inout ConversionOutcome) async throws {
            let mark = TrialMark(prefix: prefix, stateRoot: scratch.state, planted: slugs.next("\(prefix)-"))
            let plant = try await inventory.plant(mark)
            let removal = PlantRemoval(plant.remove)
            do {
                let seen = try await images.census()
                for remnant in plant.planted where [.container, .network].contains(remnant.kind) {
                    conversion.planted[remnant.kind.rawValue] = seen.contains(remnant)
                }
                try await removal()
            } catch {
                // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
                await Task { try? await removal() }.value
                throw error
            }
        }

        /// Listens for a moment where nobody but this machine can come.
        private func showListener(
            _ conversion: inout ConversionOutcome, _ watch: ConversionWatch
        ) async throws {
            let listener = try LoopbackListener()
            defer { listener.end() }
            conversion.planted["listener"] = await watch.listeners().contains(listener.socket)
        }

        /// What is there and was not before, when that has had its time to go.
        private func left(_ before: Set<TeardownOutcome.Remnant>) async throws -> Set<TeardownOutcome.Remnant> {
            let end = ContinuousClock.now + settling
            while true {
                let found = try await images.census().subtracting(before)
                if found.isEmpty || ContinuousClock.now >= end { return found }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
#endif
