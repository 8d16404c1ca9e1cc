// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// The five seed checks, and the whole suite, on a container engine.
extension BenchSuiteCommand {
    /// - Returns: The exit code.
    func measureSuite(
        _ name: BackendName, _ script: FloorScript, _ interruption: Interruption
    ) async throws -> Int32 {
        if conversions != nil { throw BottleError(.usage, "--conversions has no use with the docker backend") }
        if lab != nil { throw BottleError(.usage, "--lab has no use with the docker backend, which is measured here") }
        let rounds = rounds ?? 5
        try OpenFiles.makeRoom()
        HostVariables.export()
        let bench = SuiteBench(backend: name, engine: engine, script: script, interruption: interruption)
        let load = Self.load
        var measured: [SuiteFigures.Round] = []
        for number in 1...rounds where interruption.signal == nil {
            guard let round = try await bench.round(floorFirst: number % 2 == 1) else { break }
            measured.append(round)
            Console.note(
                """
                round \(number) of \(rounds): floor \(Int(round.floor.milliseconds)) ms, \
                \(Catalogue.seed) \(Int(round.seed.milliseconds)) ms, \
                \(Catalogue.full) \(Int(round.suite.milliseconds)) ms
                """)
        }
        try requireAll(interruption)
        let facts = bench.facts
        let setting = SuiteFigures.Setting(
            engine: facts["engine"] ?? name.base.rawValue, kernel: facts["kernel"] ?? "unknown",
            floor: script.digest, isRelease: BenchCommand.isRelease, load: load)
        guard let figures = SuiteFigures(measured, setting: setting) else {
            throw BottleError(.internalFault, "nothing was measured")
        }
        Console.out(format == .json ? try JSONText.pretty(figures) : figures.table)
        return figures.exitCode
    }
}
