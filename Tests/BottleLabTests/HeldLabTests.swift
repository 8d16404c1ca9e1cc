// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import BottleLab

/// The cache of labs, with files that stand for a lab's.
struct HeldLabTests {
    private static let key = "0123456789abcdef"

    private func withCache(_ body: (LabCache) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "labs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        try body(LabCache(root: root.path))
    }

    private func place(_ key: String, in cache: LabCache) throws {
        let draft = cache.draft(key)
        try FileManager.default.createDirectory(atPath: draft.directory, withIntermediateDirectories: true)
        for path in [draft.kernel, draft.initial, draft.disk, draft.memory, draft.state] {
            try Data("of \(path)".utf8).write(to: URL(filePath: path))
        }
        let record = Lab.Record(
            key: key, smolvm: "smolvm 1", engine: "20", kernel: "6", emulator: "QEMU emulator version 7.2",
            unpinned: [],
            seals: try draft.seals())
        try record.write(to: draft)
        try cache.place(draft, key)
    }

    @Test func `a lab that is whole is taken, and nobody removes it meanwhile`() throws {
        try withCache { cache in
            #expect(HeldLab.take(cache.files(Self.key)) == nil)
            try place(Self.key, in: cache)
            let held = try #require(HeldLab.take(cache.files(Self.key)))
            // As many as there are.
            let another = try #require(HeldLab.take(cache.files(Self.key)))
            #expect(cache.removeUnused { _ in true } == [Self.key])
            withExtendedLifetime((held, another)) {}
            #expect(cache.keys == [Self.key])
        }
        try withCache { cache in
            try place(Self.key, in: cache)
            #expect(cache.removeUnused { $0 == Self.key } == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache.root).isEmpty)
        }
    }

    @Test(arguments: ["disk.raw", "memory", "state", "vmlinuz", "initrd.gz"], ["truncated", "gone", "written to"])
    func `a lab that is not as it was built is not taken`(_ name: String, _ harm: String) throws {
        try withCache { cache in
            try place(Self.key, in: cache)
            let url = URL(filePath: "\(cache.files(Self.key).directory)/\(name)")
            switch harm {
            case "truncated":
                let handle = try FileHandle(forWritingTo: url)
                try handle.truncate(atOffset: 3)
                try handle.close()
            case "gone": try FileManager.default.removeItem(at: url)
            default: try Data(contentsOf: url).write(to: url)
            }
            #expect(HeldLab.take(cache.files(Self.key)) == nil)
            cache.discard(Self.key)
            #expect(cache.keys.isEmpty)
        }
    }

    @Test(arguments: ["", "{", "{}", "{\"key\":\"0123456789abcdef\"}"])
    func `a lab whose record says nothing is not taken`(_ text: String) throws {
        try withCache { cache in
            try place(Self.key, in: cache)
            try Data(text.utf8).write(to: URL(filePath: cache.files(Self.key).record))
            #expect(HeldLab.take(cache.files(Self.key)) == nil)
        }
    }

    @Test func `only labs and drafts are removed`() throws {
        try withCache { cache in
            for name in ["parts", "0123456789abcdef.draft", "fedcba9876543210", "building"] {
                try FileManager.default.createDirectory(
                    atPath: "\(cache.root)/\(name)", withIntermediateDirectories: true)
            }
            try place(Self.key, in: cache)
            cache.sweepDrafts()
            cache.removeUnused { $0 != Self.key }
            let left = try FileManager.default.contentsOfDirectory(atPath: cache.root).sorted()
            #expect(left == [Self.key, "building", "parts"])
        }
    }

    @Test func `a program in a lab knows which`() throws {
        #expect(try Lab.Record.inside([:]) == nil)
        let record = Lab.Record(
            key: Self.key, smolvm: "smolvm 1.32.2", engine: "20.10", kernel: "6.1",
            emulator: "QEMU emulator version 7.2",
            unpinned: ["runc 1", "tini 2"], seals: ["disk": .init(size: 1, changed: 2)])
        let variables = try record.variables
        let inside = try #require(try Lab.Record.inside(variables))
        #expect(
            inside.facts == [
                "lab": Self.key, "smolvm": "1.32.2", "engine": "docker 20.10", "kernel": "6.1", "emulator": "QEMU 7.2",
                "unpinned": "runc 1, tini 2",
            ])
        #expect(throws: BottleError.self) { try Lab.Record.inside([Lab.Record.variable: "yes"]) }
    }
}
