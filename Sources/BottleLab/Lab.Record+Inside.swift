// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Lab.Record {
    /// What tells a program that it runs in a lab, and in which: the lab sets it for what it starts, and nobody else does.
    ///
    /// Nothing is decided by it but what a report says of where it was made, and that everything gets more time; who sets
    /// it by hand forges a label, which a report's text can be edited for as well.
    package static let variable = "BOTTLE_CONFORMANCE_LAB"

    /// The lab that this environment is of; nil outside of labs.
    ///
    /// - Throws: `.usage` when the variable was set by somebody else than a lab.
    package static func inside(_ environment: [String: String]) throws(BottleError) -> Lab.Record? {
        guard let text = environment[variable], !text.isEmpty else { return nil }
        guard let record = try? JSONDecoder().decode(Lab.Record.self, from: Data(text.utf8)) else {
            throw BottleError(.usage, "The variable \(variable) is for labs to set; unset it.")
        }
        return record
    }

    /// What every program of the lab has in its environment.
    var variables: [String: String] {
        get throws {
            var record = self
            // Files of this machine, which say nothing in there.
            record.seals = [:]
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return [
                "HOME": "/root", Self.variable: String(decoding: try encoder.encode(record), as: UTF8.self),
            ]
        }
    }

    /// For the subject of a report: what there is in the lab, and what the lab is.
    package var facts: [String: String] {
        var facts = [
            "lab": key, "smolvm": smolvm.split(separator: " ").last.map(String.init) ?? smolvm,
            "engine": "docker \(engine)", "kernel": kernel,
            // `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)`
            "emulator": emulator.replacing(" emulator version", with: ""),
        ]
        if !unpinned.isEmpty { facts["unpinned"] = unpinned.joined(separator: ", ") }
        return facts
    }

    /// Puts it beside the files that it is of.
    func write(to files: LabFiles) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try PrivateTree.replace(files.record, with: Array(encoder.encode(self)))
    }
}
