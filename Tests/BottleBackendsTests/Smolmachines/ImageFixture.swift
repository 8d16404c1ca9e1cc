// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Foundation

@testable import BottleBackends

/// An image as an engine saves it, with any part of it put another way.
struct ImageFixture {
    /// How an engine keeps its images.
    enum Store: CaseIterable {
        /// By their configurations, in directories of their own: up to release 24.
        case old
        /// The same, saved as a registry would have it beside: from release 25 on.
        case both
        /// By their manifests, their layers packed.
        case registry
        /// By lists of manifests, of which one is for this machine.
        case list
    }

    static let config = "config.json"
    var layers: [[UInt8]] = [Array("a layer".utf8), Array(repeating: 0x61, count: 70_000)]
    var store = Store.old

    private static func digest(_ bytes: [UInt8]) -> String { RunningDigest.hex(bytes) }
    private static func packed(_ layer: [UInt8]) -> [UInt8] { Array("packed ".utf8) + layer }
    private static func json(_ value: Any) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]))
    }

    private func configuration() throws -> [UInt8] {
        try Self.json(["rootfs": ["type": "layers", "diff_ids": layers.map { "sha256:\(Self.digest($0))" }]])
    }

    private func manifest() throws -> [UInt8] {
        let kept = [.registry, .list].contains(store) ? layers.map(Self.packed) : layers
        return try Self.json([
            "schemaVersion": 2, "config": ["digest": "sha256:\(Self.digest(try configuration()))"],
            "layers": kept.map { ["digest": "sha256:\(Self.digest($0))"] },
        ])
    }

    private func list() throws -> [UInt8] {
        let other = "sha256:\(String(repeating: "7", count: 64))"
        return try Self.json([
            "schemaVersion": 2,
            "manifests": [["digest": other], ["digest": "sha256:\(Self.digest(try manifest()))"]],
        ])
    }

    /// What the engine calls it.
    var image: ImageDigest {
        get throws {
            let named =
                switch store {
                case .old, .both: try configuration()
                case .registry: try manifest()
                case .list: try list()
                }
            return try ImageDigest(Self.digest(named))
        }
    }

    /// The files of the archive.
    var files: [(name: String, bytes: [UInt8])] {
        get throws {
            let configuration = try configuration()
            guard store != .old else {
                let names = layers.indices.map { "layer\($0)/layer.tar" }
                let listed = try Self.json([["Config": Self.config, "RepoTags": [], "Layers": names] as [String: Any]])
                return [(Self.config, configuration)] + zip(names, layers).map { ($0, $1) } + [
                    ("manifest.json", listed)
                ]
            }
            let kept = [.registry, .list].contains(store) ? layers.map(Self.packed) : layers
            let manifest = try manifest()
            var blobs = kept + [configuration, manifest]
            if store == .list { blobs.append(try list()) }
            let named = store == .list ? try list() : manifest
            let listed = try Self.json([
                [
                    "Config": Self.blob(configuration), "RepoTags": [], "Layers": kept.map(Self.blob),
                ] as [String: Any]
            ])
            let index = try Self.json([
                "schemaVersion": 2, "manifests": [["digest": "sha256:\(Self.digest(named))"]],
            ])
            return blobs.map { (Self.blob($0), $0) } + [("manifest.json", listed), ("index.json", index)]
        }
    }

    static func blob(_ bytes: [UInt8]) -> String { "blobs/sha256/\(digest(bytes))" }

    static func archive(_ files: [(name: String, bytes: [UInt8])]) throws -> [UInt8] {
        var archive = TarArchive()
        for file in files { try archive.add(file: file.name, file.bytes, mode: 0o644) }
        return archive.bytes
    }

    /// Writes bytes to a file that is there for as long as `body` takes.
    static func with<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(path: "image-\(UUID().uuidString).tar")
        try Data(bytes).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return try body(path.path)
    }
}
