// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleLab
import FoundationEssentials

/// `lab clean`: removes what labs are kept in.
package struct LabCleanCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Remove every lab, and what they are built from.")

    package init() {}

    package func run() async throws {
        let lab = try Lab(environment: ProcessInfo.processInfo.environment)
        Console.note(try await lab.clean() ? "removed \(lab.root)" : "there is no lab in \(lab.root)")
    }
}
