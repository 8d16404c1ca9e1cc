// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import ConformanceEngine

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The command line: one subcommand a file.
package struct BottleConformance: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "bottle-conformance",
        abstract: "Proves, from inside and from outside, whether a sandbox for coding agents isolates.",
        version: ToolVersion.current,
        subcommands: [
            RunCommand.self, ListCommand.self, PlanCommand.self, DoctorCommand.self, MutantsCommand.self,
            BottleCommand.self, LabCommand.self, BenchCommand.self, GarbageCommand.self,
        ],
        defaultSubcommand: nil
    )

    package init() {}

    /// Runs the process's own command line and exits: 64 for a bad one, 2 for a failure of ours, else what the command says.
    package static func enter() async -> Never {
        Console.prepare()
        var code = await execute()
        if let failure = Console.failure {
            Console.error(failure)
            code = ConformanceEngine.ExitCode.worst(of: [code, ConformanceEngine.ExitCode.harness])
        }
        exit(withError: ArgumentParser.ExitCode(code))
    }

    /// Nothing was asked for: no success, or a script whose variable is empty would look conformant.
    package func run() throws {
        throw ValidationError("no command given; the first one to try is `bottle-conformance run`")
    }

    private static func execute() async -> Int32 {
        do {
            // Without it there is not even a command line: it would look as if nothing had been asked for.
            guard access("/proc/self/cmdline", F_OK) == 0 else {
                throw BottleError(
                    .prerequisite, "there is no /proc here; mount it, for example with `mount -t proc proc /proc`")
            }
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return ConformanceEngine.ExitCode.conformant
        } catch let error as BottleError {
            Console.error(error)
            return Failure.exitCode(error)
        } catch let status as ArgumentParser.ExitCode {
            return status.rawValue
        } catch {
            // A request for help is data; a mistake is not.
            let code = exitCode(for: error).rawValue
            let text = fullMessage(for: error)
            if code == 0 { Console.out(text) } else { Console.note(text) }
            return code
        }
    }
}

/// How failures before a run's verdict map to exit codes (DESIGN section 6).
enum Failure {
    static func exitCode(_ error: BottleError) -> Int32 {
        switch error.code {
        case .usage, .input: 64
        case .notFound: 5
        default: 2
        }
    }
}

/// The version of the tool; in every report.
package enum ToolVersion {
    package static let current = "0.1.0"
}
