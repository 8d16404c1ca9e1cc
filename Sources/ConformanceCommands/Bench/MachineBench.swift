// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import ConformanceEngine
import ConformanceTrials
import FoundationEssentials

/// Measures a bottle with a microVM and the conversion of its image, and their floors, on one stage.
final class MachineBench: Sendable {
    /// How often something is measured again in which a machine ended by itself while it booted.
    private static let attempts = 4
    /// How often the engine is asked for the image, and the cache for the artefact: both take milliseconds.
    private static let hits = 9

    private let stage: SuiteStage
    private let containers: SuiteStage.Containers
    private let machines: SuiteStage.Machines
    private let floor: MachineFloor
    private let interruption: Interruption

    /// - Throws: `.internalFault` for a stage of another backend.
    init(stage: SuiteStage, script: FloorScript, interruption: Interruption) throws(BottleError) {
        guard let containers = stage.containers, let machines = stage.machines else {
            throw BottleError(.internalFault, "the stage has no machines")
        }
        self.stage = stage
        self.containers = containers
        self.machines = machines
        self.interruption = interruption
        floor = MachineFloor(script: script, stage: stage, containers: containers, machines: machines)
    }

    /// Makes and deletes a machine: the first one in a home of smolvm's unpacks what all of them need.
    func warmUp() async throws {
        let holdings = SmolvmHoldings(smolvm: machines.smolvm, home: machines.home, artefact: machines.artefact)
        let slug = Self.slug()
        _ = try await holdings.plant(slug)
        try await holdings.removeMachine(of: slug)
    }

    /// Measures everything about a bottle once.
    ///
    /// - Parameter floorFirst: Whoever comes second finds the files in memory; so both have to, in turns.
    /// - Returns: nil when it was interrupted.
    /// - Throws: `.launch` when the floor or the launch fails, or machines do not stay up.
    func round(floorFirst: Bool) async throws -> MachineFigures.Round? {
        var launch: SuiteFigures.Measurement?
        if !floorFirst {
            launch = try await whole("the launch", self.launch)
            guard interruption.signal == nil else { return nil }
        }
        let floor = try await whole("the floor") { try await self.measurement(self.floor.bottle()) }
        guard interruption.signal == nil else { return nil }
        let machine = try await whole("the machine alone") { try await self.measurement(self.floor.machine()) }
        guard interruption.signal == nil else { return nil }
        if launch == nil { launch = try await whole("the launch", self.launch) }
        guard interruption.signal == nil, let launch else { return nil }
        return MachineFigures.Round(floor: floor, machine: machine, launch: launch)
    }

    /// Converts the agent's image twice, each time into a place where there is nothing yet.
    ///
    /// - Returns: nil when it was interrupted.
    func conversion(floorFirst: Bool) async throws -> MachineFigures.Conversion? {
        var ours: SuiteFigures.Measurement?
        if !floorFirst {
            ours = try await whole("our conversion", self.convert)
            guard interruption.signal == nil else { return nil }
        }
        let floor = try await whole("the raw conversion") { try await self.measurement(self.floor.conversion()) }
        guard interruption.signal == nil else { return nil }
        if ours == nil { ours = try await whole("our conversion", self.convert) }
        guard interruption.signal == nil, let ours else { return nil }
        return MachineFigures.Conversion(floor: floor, ours: ours)
    }

    /// Looks the image up and takes its artefact from the cache, some times.
    ///
    /// - Throws: `.internalFault` when the cache has none: what was made when the stage was built.
    func cacheHits() async throws -> [MachineFigures.Hit] {
        let inspection = DockerImages(
            engine: containers.engine,
            image: try ImageReference(environment: [ImageReference.variable: containers.images.guest]))
        let artefacts = try artefacts(paths: BottlePaths(environment: ProcessInfo.processInfo.environment))
        var hits: [MachineFigures.Hit] = []
        for _ in 0..<Self.hits {
            let clock = ContinuousClock()
            let start = clock.now
            let image = try ImageDigest(try await inspection.guest())
            let inspected = clock.now
            guard artefacts.has(image) else {
                throw BottleError(.internalFault, "the cache has no artefact of the image \(image.short)")
            }
            let looked = clock.now
            _ = try await artefacts.artefact(of: image)
            hits.append(
                MachineFigures.Hit(
                    inspection: (inspected - start) / .milliseconds(1),
                    artefact: (clock.now - looked) / .milliseconds(1)))
        }
        return hits
    }

    // MARK: - Ours

    /// One bottle of the backend, from nothing to its first command and back to nothing.
    ///
    /// - Returns: nil when its machine ended by itself, so that two boots are in the time.
    private func launch() async throws -> SuiteFigures.Measurement? {
        let driver = try stage.driver(TrialEnvironment(stateRoot: stage.stateRoot), [])
        let manifest = Manifest(
            bottles: ["bench": Manifest.Bottle()], agents: ["bench": .init(bottle: "bench", prompt: "A bench.\n")])
        let request = LaunchRequest(
            manifest: manifest, agentName: "bench", slug: Self.slug(), network: .bottle,
            resolver: WorldLayout.nameServer, tokens: [:])
        let clock = ContinuousClock()
        let (before, boots) = (calls, self.boots)
        let start = clock.now
        let bottle = try await driver.launch(request)
        do {
            let answer = try await driver.exec(ExecRequest(["id", "-u"], deadlineMilliseconds: 30_000), in: bottle)
            guard answer.ending == .exited(0), String(decoding: answer.stdout, as: UTF8.self) == "1000\n" else {
                throw BottleError(
                    .launch, "the bottle came up, and its first command did not say who it runs as: \(answer.ending)")
            }
        } catch {
            try await driver.destroy(bottle)
            throw error
        }
        try await driver.destroy(bottle)
        let time = (clock.now - start) / .milliseconds(1)
        guard self.boots == boots + 1 else { return nil }
        return SuiteFigures.Measurement(milliseconds: time, calls: calls - before)
    }

    /// The conversion as a first run makes it, into a cache of its own.
    ///
    /// - Returns: nil when the machine that converts ended by itself.
    private func convert() async throws -> SuiteFigures.Measurement? {
        try await BareBottles.with(1, engine: containers.engine, stateRoot: stage.stateRoot) { made in
            let artefacts = artefacts(paths: BottlePaths(cache: "\(made.directory)/cache", state: stage.stateRoot))
            let image = try ImageDigest(containers.images.guest)
            let clock = ContinuousClock()
            let (before, boots) = (calls, self.boots)
            let start = clock.now
            _ = try await artefacts.artefact(of: image)
            let time = (clock.now - start) / .milliseconds(1)
            guard self.boots == boots + 1 else { return nil }
            return SuiteFigures.Measurement(milliseconds: time, calls: calls - before)
        }
    }

    private func artefacts(paths: BottlePaths) -> MachineArtefacts {
        MachineArtefacts(paths: paths, engine: containers.engine, smolvm: machines.smolvm)
    }

    /// Calls of both programs so far, and those that booted a machine.
    private var calls: Int { containers.engine.calls.count + machines.smolvm.calls.count }
    private var boots: Int {
        machines.smolvm.calls.count { ["machine start", "pack create"].contains($0.verb) }
    }

    // MARK: - Measuring

    private func measurement(_ answer: MachineFloor.Answer) -> SuiteFigures.Measurement {
        SuiteFigures.Measurement(milliseconds: answer.milliseconds, calls: answer.calls)
    }

    /// Measures until no machine ended by itself in it, which one in some tens does on an emulated processor: a time with
    /// two boots in it is that of no boot.
    private func whole(
        _ what: String, _ measure: () async throws -> SuiteFigures.Measurement?
    ) async throws -> SuiteFigures.Measurement {
        for _ in 0..<Self.attempts {
            do {
                if let measured = try await measure() { return measured }
            } catch is FloorScript.MachineEnded {}
            guard interruption.signal == nil else { break }
            Console.note("a machine ended by itself while it booted: \(what) is measured again")
        }
        throw BottleError(
            .launch,
            "machines end by themselves while they boot here, \(Self.attempts) times in a row: nothing is measured")
    }

    private static func slug() -> String { "bench-\(UInt32.random(in: 0...UInt32.max))" }
}
