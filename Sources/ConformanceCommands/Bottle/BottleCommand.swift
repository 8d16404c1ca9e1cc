// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// `bottle`: a reference bottle to work or look around in.
package struct BottleCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "bottle",
        abstract: "Bring up a reference bottle to work or look around in.",
        discussion: """
            The namespaces bottle lives in a world of its own: its "internet" is the harness's, and no packet leaves
            this machine.
            """,
        subcommands: [UpCommand.self, ExecCommand.self, ShellCommand.self, DownCommand.self]
    )

    package init() {}
}
