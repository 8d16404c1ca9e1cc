// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import BottleLab
import BottleSystem
import ConformanceEngine
import FoundationEssentials

/// `lab shell`: a shell in a lab of its own.
package struct LabShellCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Open a shell as root in a fresh lab, and end the lab with it.",
        discussion: "^] leaves at once. Without a terminal there is lab run.")

    package init() {}

    package func run() async throws {
        guard Console.isTerminal(0) else {
            throw BottleError(.usage, "lab shell needs a terminal on stdin; for a command there is lab run.")
        }
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        let lab = try Lab(environment: ProcessInfo.processInfo.environment)
        let machine: LabMachine
        do {
            machine = try await LabStart.machine(of: lab, hasTerminal: true, interruption)
        } catch {
            guard let signal = interruption.signal else { throw error }
            throw ArgumentParser.ExitCode(128 + signal)
        }
        let result: Result<Int32, any Error>
        do {
            result = .success(try await Self.shell(in: machine, interruption))
        } catch {
            result = .failure(machine.explained(error))
        }
        await machine.stop()
        let code = try result.get()
        guard code == 0 else { throw ArgumentParser.ExitCode(code) }
    }

    /// How often it is looked whether the shell has ended or the window changed.
    private static let glance = Duration.milliseconds(150)

    private static func shell(in machine: LabMachine, _ interruption: Interruption) async throws -> Int32 {
        guard let line = machine.terminal else {
            throw BottleError(.internalFault, "the lab has no terminal")
        }
        let start = TerminalRelay.size()
        let kind = ProcessInfo.processInfo.environment["TERM"] ?? "dumb"
        let terminal = try LabTerminal(line: line)
        defer { terminal.restore() }
        let shell: LabShell
        do {
            shell = try await LabShell(in: machine, kind: kind, rows: start.rows, columns: start.columns)
        } catch {
            terminal.end()
            throw error
        }
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask {
                await terminal.copy()
                return nil
            }
            group.addTask {
                var size = start
                while true {
                    if let signal = interruption.signal { return 128 + signal }
                    if let code = try await shell.status() { return code }
                    let now = TerminalRelay.size()
                    if now != size {
                        size = now
                        try await shell.resize(rows: now.rows, columns: now.columns)
                    }
                    try await Task.sleep(for: glance)
                }
            }
            let first: Result<Int32?, any Error>
            do {
                first = .success(try await group.next() ?? nil)
            } catch {
                first = .failure(error)
            }
            // Whoever was first, the other one has nothing to do any more.
            terminal.end()
            group.cancelAll()
            try? await group.waitForAll()
            guard let code = try first.get() else {
                // The user left, unless it was the lab.
                guard machine.isRunning else { throw BottleError(.transport, "The lab ended.") }
                return 0
            }
            return code
        }
    }
}
