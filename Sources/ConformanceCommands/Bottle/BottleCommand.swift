// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore

/// `bottle`: a reference bottle to work or look around in.
package struct BottleCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "bottle",
        abstract: "Bring up a reference bottle to work or look around in.",
        discussion: """
            The namespaces bottle lives in a world of its own: its "internet" is the harness's, and no packet leaves \
            this machine.
            """,
        subcommands: [UpCommand.self, ExecCommand.self, ShellCommand.self, ResumeCommand.self, DownCommand.self]
    )

    package init() {}

    package func run() throws {
        throw BottleError(
            .usage,
            "bottle: name what to do: up, exec, shell, resume or down; `bottle-conformance bottle --help` tells more")
    }
}
