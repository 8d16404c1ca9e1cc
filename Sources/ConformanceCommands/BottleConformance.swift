// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import ConformanceEngine

/// The command line: one subcommand a file.
package struct BottleConformance: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "bottle-conformance",
        abstract: "Proves, from inside and from outside, whether a sandbox for coding agents isolates.",
        version: ToolVersion.current,
        subcommands: [
            RunCommand.self, ListCommand.self, DoctorCommand.self, MutantsCommand.self, BottleCommand.self,
            GarbageCommand.self,
        ],
        defaultSubcommand: nil
    )

    package init() {}

    /// Runs the process's own command line and exits: 64 for a bad one, 2 for a failure of ours, else what the command says.
    package static func enter() async -> Never {
        // A reader that goes away ends the output, not a tear-down.
        Console.ignoreClosedPipes()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            exit(withError: nil)
        } catch let error as BottleError {
            Console.error(error)
            exit(withError: ArgumentParser.ExitCode(Failure.exitCode(error)))
        } catch {
            exit(withError: error)
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
