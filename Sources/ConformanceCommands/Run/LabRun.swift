// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleLab
import ConformanceEngine
import ConformanceReports
import FoundationEssentials
import Synchronization

/// A run of the suite, or a measurement, that goes on in a lab, seen from outside: what it says and writes comes out here.
struct LabRun: Sendable {
    /// The run's arguments but for its files.
    var arguments: [String]
    var inputs: LabInputs
    var reports: ReportFiles
    /// What has to have been run in the lab before.
    var preparation: Lab.Preparation?
    /// For the run inside, from its start on.
    var timeout: Duration

    /// Where it runs in the lab.
    static let directory = "/bottle-run"
    /// How long the run inside may take beyond its timeout, to take its bottles down and to write its reports.
    private static let margin = Duration.seconds(180)
    /// Bytes of a report that are brought out at most.
    private static let reportLimit = 256 << 20

    /// Runs it.
    ///
    /// A signal is passed on, so that the run inside ends as it would here, and its reports are brought out. A run whose lab
    /// breaks down begins again, once, in a fresh lab: an emulated machine that panicked proves nothing in either direction.
    ///
    /// - Returns: The exit code of the run inside.
    /// - Throws: What a lab throws that does not come up or breaks down twice; `.cancelled` when a signal came before it was
    ///   up.
    func perform(_ interruption: Interruption) async throws -> Int32 {
        let lab = try Lab(environment: ProcessInfo.processInfo.environment)
        do {
            return try await perform(in: lab, interruption)
        } catch let breakdown as Breakdown where interruption.signal == nil {
            let text = "The lab broke down, and the run begins again in a fresh one: \(breakdown.reason)"
            Console.note("bottle-conformance: warning: \(text)")
            // What the first run saw is no part of what the second one says, but that there was one is.
            try reports.events?.restart()
            try reports.events?.append(.warning(text))
            do {
                return try await perform(in: lab, interruption)
            } catch let again as Breakdown {
                throw again.reason
            }
        } catch let breakdown as Breakdown {
            throw breakdown.reason
        }
    }

    /// The lab was up, and is gone or does not answer.
    private struct Breakdown: Error {
        let reason: any Error
    }

    /// The run failed in a lab that is well.
    private struct RunFailure: Error {
        let reason: BottleError
    }

    private func perform(in lab: Lab, _ interruption: Interruption) async throws -> Int32 {
        // From here on, so that an old report cannot be taken for this run's, whatever comes between.
        reports.writePlaceholders("the run in the lab has not ended")
        let machine = try await LabStart.machine(of: lab, preparation: preparation, interruption)
        do {
            try await machine.put(inputs.bytes, to: Self.directory, until: .now + .seconds(60))
            let code = try await run(in: machine, interruption)
            await machine.stop()
            return code
        } catch let own as RunFailure {
            await machine.stop()
            throw own.reason
        } catch {
            // An agent that says nothing for half a minute is as good as gone: so it is where this machine stood still.
            let isSilent = [.timeout, .transport].contains((error as? BottleError)?.code)
            let isGone = await machine.hasEnded(within: .seconds(2))
            let reason = machine.explained(error)
            await machine.stop()
            throw isGone || isSilent ? Breakdown(reason: reason) : reason
        }
    }

    private func run(in machine: LabMachine, _ interruption: Interruption) async throws -> Int32 {
        var argv = ToolArchive.argv + arguments
        if let manifest = inputs.manifest { argv += ["--manifest", "\(Self.directory)/\(manifest)"] }
        if inputs.hasGoldens { argv += ["--goldens", "\(Self.directory)/\(LabInputs.goldens)"] }
        let (junit, events, summary) = (
            "\(Self.directory)/report.xml", "\(Self.directory)/events.jsonl", "\(Self.directory)/summary.md"
        )
        if reports.junit != nil { argv += ["--junit", junit] }
        if reports.events != nil { argv += ["--events", events] }
        if reports.summary != nil { argv += ["--summary", summary] }
        let lines = LineBuffer()
        let job = LabJob(
            argv, variables: try variables(machine), directory: Self.directory,
            stdout: { Console.raw($0, to: 1) }, stderr: { Console.raw($0, to: 2) },
            files: reports.events.map { file in
                [.init(path: events) { try file.append(lines.whole($0)) }]
            } ?? [])
        let ending = try await job.run(
            in: machine, signal: { interruption.signal }, until: .now + timeout + Self.margin)
        let isWritten = try await bring(junit, reports.junit, machine, ending)
        let isSummarised = try await bring(summary, reports.summary, machine, ending)
        guard case .ended(let code) = ending else {
            throw RunFailure(
                reason: BottleError(
                    .timeout,
                    "The run in the lab did not end itself in time and was killed; its reports are as far as it came."))
        }
        // A run that was interrupted here ends with its signal's code by itself.
        if code > 128, interruption.signal == nil {
            throw RunFailure(
                reason: BottleError(
                    .transport,
                    "The run in the lab was ended by signal \(code - 128); its reports are as far as it came. Run it again, and report it if that stays so."
                ))
        }
        return isWritten && isSummarised ? code : ExitCode.worst(of: [code, ExitCode.harness])
    }

    /// Brings a report out; false when there is none, which was said then.
    private func bring(
        _ source: String, _ target: String?, _ machine: LabMachine, _ ending: LabJob.Ending
    ) async throws -> Bool {
        guard let target else { return true }
        let bytes = try await machine.agent.contents(source, what: "a report", limit: Self.reportLimit)
        guard let bytes, !bytes.isEmpty else {
            // A command line that is refused writes none, and says why.
            if ending != .ended(64) { Console.note("bottle-conformance: the run in the lab wrote no \(target)") }
            return false
        }
        do throws(BottleError) {
            try ReportFile.write(path: target, bytes: bytes)
        } catch {
            Console.error(error)
            return false
        }
        return true
    }

    private func variables(_ machine: LabMachine) throws -> [String: String] {
        var variables = try machine.variables.merging(ToolArchive.variables) { $1 }
        let name = GuestSkills.variable
        if let value = ProcessInfo.processInfo.environment[name] { variables[name] = value }
        return variables
    }
}

/// Hands lines on when they are whole: what a run that breaks off leaves can be read then, line by line.
private final class LineBuffer: Sendable {
    private let rest = Mutex<[UInt8]>([])

    /// Everything up to the last end of a line.
    func whole(_ bytes: [UInt8]) -> [UInt8] {
        rest.withLock { rest in
            rest += bytes
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
            defer { rest.removeSubrange(...end) }
            return Array(rest[...end])
        }
    }
}
