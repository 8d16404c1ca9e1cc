// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// `bottle shell NAME`
package struct ShellCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Open a shell in a bottle, as the agent would see it.")

    @Argument(help: "What `bottle up` printed.")
    var name: String

    package init() {}

    package func run() async throws {
        // Without a terminal on our side (a script on stdin, say) the shell gets plain pipes and reads from them.
        let code = try await HolderClient.exec(name, argv: ["/bin/sh"], terminal: Console.isTerminal(0))
        throw ArgumentParser.ExitCode(code)
    }
}
