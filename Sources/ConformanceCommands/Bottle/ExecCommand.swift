// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// `bottle exec NAME -- COMMAND...`
package struct ExecCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command in a bottle, with its environment; exits like the command.")

    @Flag(name: [.short, .customLong("tty")], help: "Give the command a terminal.")
    var terminal = false

    @Argument(help: "What `bottle up` printed.")
    var name: String

    @Argument(parsing: .captureForPassthrough, help: "The command, after --.")
    var command: [String] = []

    package init() {}

    package func validate() throws {
        if arguments.isEmpty { throw ValidationError("no command given; write it after --, for example -- id") }
    }

    package func run() async throws {
        let code = try await HolderClient.exec(name, argv: arguments, terminal: terminal)
        throw ArgumentParser.ExitCode(code)
    }

    private var arguments: [String] { command.first == "--" ? Array(command.dropFirst()) : command }
}
