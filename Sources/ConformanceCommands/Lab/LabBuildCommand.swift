// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleLab
import FoundationEssentials

/// `lab build`: builds the lab of this version, unless it is there.
package struct LabBuildCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build the lab, unless it is there, and say what is in it.")

    package init() {}

    package func run() async throws {
        let lab = try Lab(environment: ProcessInfo.processInfo.environment)
        let record = try await lab.take { Console.note($0) }.record
        Console.out("lab \(record.key): \(record.smolvm), engine \(record.engine), kernel \(record.kernel)")
        Console.out("run by \(record.emulator), kept in \(lab.root)")
        guard !record.unpinned.isEmpty else { return }
        Console.out("unpinned, since the archive has other versions by now: \(record.unpinned.joined(separator: ", "))")
    }
}
