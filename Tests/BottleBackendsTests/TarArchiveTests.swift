// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import Foundation
import Testing

/// Our archives as another program reads them: Python's tarfile.
@Suite struct TarArchiveTests {
    private struct Listed: Codable, Hashable {
        var name: String
        var kind: String
        var mode: Int
        var uid: Int
        var content: String
    }

    /// What Python reads, entry by entry.
    private func listed(_ archive: [UInt8]) throws -> [Listed] {
        let script = """
            import tarfile, sys, io, json, base64
            out = []
            with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), mode='r:') as tar:
                for e in tar:
                    kind = 'd' if e.isdir() else 'l' if e.issym() else 'f' if e.isreg() else '?'
                    content = e.linkname.encode() if kind == 'l' else tar.extractfile(e).read() if kind == 'f' else b''
                    out.append(dict(name=e.name, kind=kind, mode=e.mode, uid=e.uid,
                                    content=base64.b64encode(content).decode()))
            json.dump(out, sys.stdout)
            """
        let input = FileManager.default.temporaryDirectory.appending(path: "tar-\(UUID().uuidString)")
        try Data(archive).write(to: input)
        defer { try? FileManager.default.removeItem(at: input) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-I", "-c", script]
        process.standardInput = try FileHandle(forReadingFrom: input)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode([Listed].self, from: data)
    }

    @Test func anotherProgramReadsWhatWasWritten() throws {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("abcXYZ019._- é漢🧪\"'$\\\n*:")
        func word(_ limit: Int) -> String {
            let text = String(
                (0..<Int.random(in: 1...limit)).map { _ in letters.randomElement(using: &generator) ?? "a" })
            return text == "." || text == ".." ? "dots" : text
        }
        var archive = TarArchive()
        var expected: [Listed] = []
        for index in 0..<10_000 {
            let depth = Int.random(in: 0...6, using: &generator)
            let path =
                (0..<depth).map { _ in word(60) }.joined(separator: "/") + (depth > 0 ? "/" : "")
                + "\(index)\(word(90))"
            let mode = UInt16.random(in: 0...0o777, using: &generator)
            let owner = TarArchive.Owner(uid: .random(in: 0...65_535), gid: 1000)
            switch index % 3 {
            case 0:
                try archive.add(directory: path, mode: mode, owner: owner)
                expected.append(Listed(name: path, kind: "d", mode: Int(mode), uid: Int(owner.uid), content: ""))
            case 1:
                let bytes = (0..<Int.random(in: 0...1500)).map { _ in UInt8.random(in: 0...255) }
                try archive.add(file: path, bytes, mode: mode, owner: owner)
                expected.append(
                    Listed(
                        name: path, kind: "f", mode: Int(mode), uid: Int(owner.uid),
                        content: Data(bytes).base64EncodedString()))
            default:
                let target = word(180)
                try archive.add(symlink: path, to: target, owner: owner)
                expected.append(
                    Listed(
                        name: path, kind: "l", mode: 0o777, uid: Int(owner.uid),
                        content: Data(target.utf8).base64EncodedString()))
            }
        }
        let found = try listed(archive.bytes)
        #expect(found.count == expected.count)
        let first = zip(found, expected).first { $0 != $1 }
        #expect(first == nil, "\(String(describing: first))")
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../b", "a//b", "", ".", "a/.", "a\u{0}b", "a/"])
    func aPathThatIsNotPlainIsRefused(path: String) {
        #expect(throws: BottleError.self) {
            var archive = TarArchive()
            try archive.add(file: path, [], mode: 0o600)
        }
    }

    @Test func specialBitsAreDropped() throws {
        var archive = TarArchive()
        try archive.add(file: "a", [1], mode: 0o4755)
        #expect(try listed(archive.bytes).first?.mode == 0o755)
    }
}
