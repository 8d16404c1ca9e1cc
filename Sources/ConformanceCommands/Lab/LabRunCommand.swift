// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleLab
import ConformanceEngine
import FoundationEssentials

/// `lab run`: runs a command in a lab of its own.
package struct LabRunCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a command as root in a fresh lab, and end the lab.",
        discussion: """
            The exit code is the command's, or 128 and the signal that ended it. The first word bottle-conformance is this \
            tool itself; every other is a program of the lab.
            """)

    @Option(help: ArgumentHelp("How long the command may take.", valueName: "seconds"))
    var timeout = 600

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var command: [String]

    package init() {}

    package func validate() throws {
        guard timeout > 0 else { throw ValidationError("--timeout must be at least 1") }
    }

    package func run() async throws {
        let lab = try Lab(environment: ProcessInfo.processInfo.environment)
        let held = try await lab.take { Console.note($0) }
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        guard !words.isEmpty else { throw ValidationError("there is no command to run") }
        let output = try await lab.run(words, on: held, deadline: .seconds(timeout)) { Console.note($0) }
        _ = StreamCopy.write(output.stdout[...], to: 1)
        _ = StreamCopy.write(output.stderr[...], to: 2)
        guard output.status == 0 else { throw ArgumentParser.ExitCode(output.status) }
    }
}
