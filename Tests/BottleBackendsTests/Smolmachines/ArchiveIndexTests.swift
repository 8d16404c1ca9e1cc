// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Foundation
import Testing

@testable import BottleBackends

/// What is read from archives, and which are not.
struct ArchiveIndexTests {
    private func index(_ bytes: [UInt8]) throws -> ArchiveIndex {
        try ImageFixture.with(bytes) { path in
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            return try ArchiveIndex(reading: file.fileDescriptor)
        }
    }

    private func flaw(_ bytes: [UInt8]) throws -> String {
        try #require(throws: ArchiveIndex.Flaw.self) { try index(bytes) }.text
    }

    @Test func everyFileIsDigestedAndFound() throws {
        let contents = [0, 1, 511, 512, 513, 300_000].map { [UInt8](repeating: UInt8($0 % 251), count: $0) }
        let name = { (number: Int) in "d/" + String(repeating: "n", count: 40 * number) + "f\(number)" }
        var archive = TarArchive()
        try archive.add(directory: "d")
        for (number, bytes) in contents.enumerated() { try archive.add(file: name(number), bytes, mode: 0o600) }
        let whole = archive.bytes
        let index = try index(whole)
        #expect(index.files.count == contents.count)
        for (number, bytes) in contents.enumerated() {
            let file = try #require(index.file(name(number)))
            #expect(file.size == bytes.count && file.digest == RunningDigest.hex(bytes))
            #expect(Array(whole[file.offset..<(file.offset + file.size)]) == bytes)
        }
    }

    @Test func whatTarWritesIsRead() throws {
        // The names that its own formats have each a way of their own for.
        let long = String(repeating: "long-", count: 50)
        for format in ["gnu", "pax", "ustar", "v7"] {
            let place = FileManager.default.temporaryDirectory.appending(path: "index-\(UUID().uuidString)")
            let name = ["gnu", "pax"].contains(format) ? long : "short"
            try FileManager.default.createDirectory(at: place.appending(path: "in"), withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: place) }
            try Data("content".utf8).write(to: place.appending(path: "in/\(name)"))
            try FileManager.default.linkItem(
                at: place.appending(path: "in/\(name)"), to: place.appending(path: "in/z-hard"))
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "tar", "--format=\(format)", "--sort=name", "-c", "-f", place.appending(path: "a.tar").path, "-C",
                place.appending(path: "in").path, ".",
            ]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let index = try index(Array(try Data(contentsOf: place.appending(path: "a.tar"))))
            #expect(index.file(name)?.digest == RunningDigest.hex(Array("content".utf8)), "\(format)")
            #expect(index.file("z-hard") == index.file(name), "\(format)")
        }
    }

    @Test func whatProgramsMayReadInTwoWaysIsRefused() throws {
        var twice = TarArchive()
        try twice.add(file: "a", [1], mode: 0o600)
        try twice.add(file: "a", [2], mode: 0o600)
        #expect(try flaw(twice.bytes).contains("twice"))
        var one = TarArchive()
        try one.add(file: "a", [1], mode: 0o600)
        #expect(try flaw(one.bytes + one.bytes).contains("goes on behind its end"))
        #expect(try flaw(Array(one.bytes.prefix(700))).contains("ends too soon"))
        #expect(try flaw([]).contains("ends too soon"))
        #expect(try flaw(Array(repeating: 0x61, count: 2048)).contains("a number that is none"))
        var damaged = one.bytes
        damaged[0] ^= 1
        #expect(try flaw(damaged).contains("damaged"))
        var device = one.bytes
        device[156] = UInt8(ascii: "3")
        // The sum of all bytes, its own place taken for spaces.
        let sum = device[..<148].reduce(8 * 0x20) { $0 + Int($1) } + device[156..<512].reduce(0) { $0 + Int($1) }
        let octal = String(sum, radix: 8)
        device.replaceSubrange(148..<154, with: Array((String(repeating: "0", count: 6 - octal.count) + octal).utf8))
        #expect(try flaw(device).contains("neither file nor directory nor link"))
    }

    @Test func linksThatLeadInCirclesEnd() throws {
        var archive = TarArchive()
        try archive.add(symlink: "a", to: "b")
        try archive.add(symlink: "b", to: "a")
        try archive.add(symlink: "c", to: "nowhere")
        let index = try index(archive.bytes)
        #expect(index.file("a") == nil && index.file("c") == nil && index.links["a"] == "b")
    }

    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])
    func aDigestInPiecesIsThatOfTheWhole(count: Int) {
        let bytes = (0..<count).map { UInt8($0 % 256) }
        var pieces = RunningDigest()
        for start in stride(from: 0, to: count, by: 7) {
            Array(bytes[start..<min(start + 7, count)]).withUnsafeBytes { pieces.add($0) }
        }
        #expect(pieces.hex == RunningDigest.hex(bytes))
        // From FIPS 180-4.
        #expect(
            RunningDigest.hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            RunningDigest.hex(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(RunningDigest.hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
