// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// `lab`: a disposable machine in which real microVMs run, on a machine that cannot run them itself.
package struct LabCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract:
            "A disposable emulated machine with smolvm and a container engine in it, and no network to the outside.",
        discussion: """
            Built from Debian's packages and PyPI's smolmachines, without root, in \
            $XDG_CACHE_HOME/bottle-conformance/lab. It takes two minutes or so once, and about a second from then on.
            """,
        subcommands: [
            LabBuildCommand.self, LabRunCommand.self, LabShellCommand.self, LabCleanCommand.self,
            LabPrepareCommand.self,
        ])

    package init() {}
}
