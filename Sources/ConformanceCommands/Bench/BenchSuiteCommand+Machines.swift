// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleLab
import ConformanceEngine
import FoundationEssentials

/// Bottles with microVMs, and the conversion of their image; in the lab, or where this runs.
extension BenchSuiteCommand {
    /// For the machine that a lab is: what it takes to begin, and longer than a round or a conversion takes there.
    private static let labStart = Duration.seconds(600)
    private static let labRound = Duration.seconds(300)
    private static let labConversion = Duration.seconds(600)

    private var machineRounds: Int { rounds ?? 3 }
    private var machineConversions: Int { conversions ?? 1 }

    /// - Returns: The exit code.
    func measureMachines(_ script: FloorScript, _ interruption: Interruption) async throws -> Int32 {
        if let engine {
            throw BottleError(
                .usage, "--engine \(engine) has no use with the smolmachines backend, which has Docker only")
        }
        guard try await (lab ?? .auto).isLab(.smolmachines, boots: true) else {
            return try await measureHere(script, interruption)
        }
        try LabInputs.requireOwnImage()
        let run = LabRun(
            arguments: [
                "bench", "suite", "--backend", backend, "--lab", "never", "--rounds", "\(machineRounds)",
                "--conversions", "\(machineConversions)", "--format", format.rawValue, "--floor",
                "\(LabRun.directory)/\(LabInputs.script)",
            ], inputs: try LabInputs(script: script.bytes),
            reports: try ReportFiles(junit: nil, events: nil, summary: nil),
            preparation: BuiltIn.smolmachines.labPreparation,
            timeout: Self.labStart + Self.labRound * machineRounds + Self.labConversion * machineConversions)
        return try await run.perform(interruption)
    }

    private func measureHere(_ script: FloorScript, _ interruption: Interruption) async throws -> Int32 {
        try OpenFiles.makeRoom()
        HostVariables.export()
        let load = Self.load
        return try await SuiteStage.with(
            BackendName(base: .smolmachines, mutant: nil), engine: nil, geography: nil
        ) { stage in
            let bench = try MachineBench(stage: stage, script: script, interruption: interruption)
            try await bench.warmUp()
            var rounds: [MachineFigures.Round] = []
            for number in 1...machineRounds where interruption.signal == nil {
                guard let round = try await bench.round(floorFirst: number % 2 == 1) else { break }
                rounds.append(round)
                Console.note(
                    """
                    round \(number) of \(machineRounds): floor \(Int(round.floor.milliseconds)) ms, machine alone \
                    \(Int(round.machine.milliseconds)) ms, launch \(Int(round.launch.milliseconds)) ms
                    """)
            }
            var conversions: [MachineFigures.Conversion] = []
            for number in 0..<machineConversions where interruption.signal == nil {
                guard let conversion = try await bench.conversion(floorFirst: number % 2 == 0) else { break }
                conversions.append(conversion)
                Console.note(
                    """
                    conversion \(number + 1) of \(machineConversions): floor \(Int(conversion.floor.milliseconds)) ms, \
                    ours \(Int(conversion.ours.milliseconds)) ms
                    """)
            }
            try requireAll(interruption)
            guard
                let figures = MachineFigures(
                    rounds, conversions: conversions, hits: try await bench.cacheHits(),
                    setting: try setting(stage, script, load))
            else { throw BottleError(.internalFault, "nothing was measured") }
            Console.out(format == .json ? try JSONText.pretty(figures) : figures.table)
            return figures.exitCode
        }
    }

    private func setting(
        _ stage: SuiteStage, _ script: FloorScript, _ load: Double?
    ) throws(BottleError) -> MachineFigures.Setting {
        let inside = try Lab.Record.inside(ProcessInfo.processInfo.environment)
        return MachineFigures.Setting(
            smolvm: stage.facts["smolvm"] ?? "unknown", engine: stage.facts["engine"] ?? "docker",
            kernel: stage.facts["kernel"] ?? "unknown", emulator: inside?.facts["emulator"], floor: script.digest,
            isRelease: BenchCommand.isRelease, load: load)
    }
}
