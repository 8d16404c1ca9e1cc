// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem
import ConformanceChecks
import ConformanceEngine
import FoundationEssentials

/// Goldens of the author of a driver on disk: what the driver planned for the standard bottles when all was well.
///
/// `goldens.json` says whose they are; beside it stands a directory a bottle, with its contract and its files by kind.
struct GoldenDirectory {
    private struct Index: Codable {
        var version: Int
        var backend: String
        /// The kinds of files of each standard bottle.
        var bottles: [String: [String]]
    }

    private static let index = "goldens.json"
    private static let contract = "contract.json"
    private static let version = 1
    /// Bytes of a golden that are read at most.
    private static let longest = 4 << 20

    /// Asks a driver for the standard bottles and writes what it says into a new directory.
    ///
    /// - Throws: `.usage` under CI, where a golden that records itself would never fail, and for a directory that exists;
    ///   the driver's own error for a bottle that it does not plan.
    static func record(
        _ driver: any Driver, named backend: String, to directory: String, environment: [String: String]
    ) async throws -> Int {
        guard environment["CI"]?.isEmpty ?? true else {
            throw BottleError(
                .usage,
                "Goldens are not recorded under CI (the variable CI is set): record them by hand, read the difference, commit them."
            )
        }
        var index = Index(version: version, backend: backend, bottles: [:])
        var files: [PrivateTree.File] = []
        for scene in PlanScene.standard {
            let report = try await driver.plan(scene.step().request)
            let golden = GoldenSet.texts(of: report)
            files.append(file("\(scene.name)/\(contract)", golden.contract))
            for (kind, text) in golden.artefacts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                try requirePlain(kind.rawValue)
                files.append(file("\(scene.name)/\(kind)", text))
                index.bottles[scene.name, default: []].append(kind.rawValue)
            }
        }
        files.append(file(Self.index, try JSONText.pretty(index) + "\n"))
        try PrivateTree.write(files, to: directory)
        return files.count
    }

    /// Reads what was recorded for a driver.
    ///
    /// - Throws: `.usage` naming the file that is missing or broken, or the driver that the goldens are of.
    static func load(_ directory: String, for backend: String) throws(BottleError) -> GoldenSet {
        let text = try read("\(directory)/\(index)")
        guard let index = try? JSONDecoder().decode(Index.self, from: Data(text.utf8)), index.version == version else {
            throw BottleError(
                .usage, "\(directory)/\(Self.index) is no index of goldens; record them with plan --record-goldens.")
        }
        guard index.backend == backend else {
            throw BottleError(
                .usage,
                "The goldens in \(directory) are of the backend \(Quoted(index.backend)), and this is a run of \(backend)."
            )
        }
        var goldens = GoldenSet()
        for scene in PlanScene.standard {
            goldens.contracts[scene.name] = try read("\(directory)/\(scene.name)/\(contract)")
            for kind in index.bottles[scene.name] ?? [] {
                try requirePlain(kind)
                goldens.artefacts[scene.name, default: [:]][Artefact.Kind(kind)] = try read(
                    "\(directory)/\(scene.name)/\(kind)")
            }
        }
        return goldens
    }

    private static func file(_ path: String, _ text: String) -> PrivateTree.File {
        PrivateTree.File(path: path, mode: 0o600, bytes: Array(text.utf8))
    }

    /// A kind becomes the name of a file.
    private static func requirePlain(_ kind: String) throws(BottleError) {
        guard ManifestRules.problem(withName: kind) == nil, kind != contract else {
            throw BottleError(.input, "The kind of file \(Quoted(kind)) cannot be the name of a golden.")
        }
    }

    private static func read(_ path: String) throws(BottleError) -> String {
        guard let bytes = try? Data(contentsOf: URL(filePath: path)), bytes.count <= longest,
            let text = String(validating: bytes, as: UTF8.self)
        else {
            throw BottleError(
                .usage, "The golden \(path) cannot be read; record the goldens with plan --record-goldens.")
        }
        return text
    }
}
