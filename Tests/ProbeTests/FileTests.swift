// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct FileTests {
        /// Lengths around the padding boundaries, of the byte `a`; digests by sha256sum.
        @Test(arguments: [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
            (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
            (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
            (63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
            (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
            (65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"),
            (119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"),
            (120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"),
            (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
        func digestsAreRight(length: Int, digest: String) async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("file")
                try Data(repeating: 0x61, count: length).write(to: file)
                let line = try await ProbeRunner.batch("file a n \(hex(file.path))").line("a")
                #expect(line.stage == "done")
                #expect(line.errno == nil)
                #expect(line.fact("sha256") == digest)
                #expect(line.fact("size") == String(length))
            }
        }

        @Test func readsWhatAFileBeginsWith() async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("file")
                try Data("0123456789".utf8).write(to: file)
                let link = directory.appendingPathComponent("link").path
                let fifo = directory.appendingPathComponent("fifo").path
                #expect(symlink(file.path, link) == 0)
                #expect(mkfifo(fifo, 0o644) == 0)
                let run = try await ProbeRunner.batch(
                    "readfile whole n \(hex(file.path)) 65536", "readfile part n \(hex(file.path)) 4",
                    "readfile link n \(hex(link)) 4", "readfile fifo n \(hex(fifo)) 4",
                    "readfile missing n \(hex(link + "x")) 4")
                #expect(try run.line("whole").received == [hex("0123456789")])
                #expect(try run.line("part").received == [hex("0123")])
                // Neither is followed or waited for.
                #expect(try run.line("link").errno == "EINVAL")
                #expect(try run.line("fifo").errno == "EINVAL")
                #expect(try run.line("missing").errno == "ENOENT")
            }
        }

        @Test func tellsOwnerModeAndType() async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("se\"cret\n")
                try Data("x".utf8).write(to: file)
                chmod(file.path, 0o600)
                let link = directory.appendingPathComponent("link").path
                let fifo = directory.appendingPathComponent("fifo").path
                #expect(symlink(file.path, link) == 0)
                #expect(mkfifo(fifo, 0o644) == 0)
                let run = try await ProbeRunner.batch(
                    "file regular n \(hex(file.path))", "file directory n \(hex(directory.path))",
                    "file link n \(hex(link))", "file fifo n \(hex(fifo))", "file missing n \(hex(link + "x"))")
                let regular = try run.line("regular")
                #expect(regular.fact("path") == file.path)
                #expect(regular.fact("type") == "regular")
                #expect(regular.fact("mode") == "0600")
                #expect(regular.fact("uid") == String(getuid()))
                #expect(regular.fact("gid") == String(getgid()))
                #expect(try run.line("directory").fact("type") == "directory")
                let linked = try run.line("link")
                #expect(linked.fact("type") == "symlink")
                #expect(linked.fact("sha256") == nil)
                #expect(try run.line("fifo").fact("type") == "other")
                let missing = try run.line("missing")
                #expect(missing.stage == "done")
                #expect(missing.errno == "ENOENT")
            }
        }

        @Test func refusesToReadWithoutBound() async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("huge").path
                #expect(FileManager.default.createFile(atPath: file, contents: nil))
                #expect(truncate(file, 65 << 20) == 0)
                let line = try await ProbeRunner.batch("timeout 60000", "file a n \(hex(file))").line("a")
                #expect(line.stage == "done")
                #expect(line.errno == "EFBIG")
                #expect(line.fact("sha256") == nil)
            }
        }

        @Test func aPathThatIsNotTextComesBackAsHex() async throws {
            let line = try await ProbeRunner.batch("file a n 2fff").line("a")
            #expect(line.facts["path"] as? [String: String] == ["hex": "2fff"])
        }

        @Test func createsButNeverReplaces() async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("new").path
                let link = directory.appendingPathComponent("link").path
                let target = directory.appendingPathComponent("target").path
                #expect(symlink(target, link) == 0)
                let first = try await ProbeRunner.batch(
                    "writefile a n \(hex(file)) 00ff61", "writefile link n \(hex(link)) 61")
                #expect(try first.line("a").stage == "done")
                #expect(try first.line("a").fact("size") == "3")
                #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data([0, 0xff, 0x61]))
                #expect(try first.line("link").errno == "EEXIST")
                #expect(!FileManager.default.fileExists(atPath: target))
                let second = try await ProbeRunner.batch("writefile a n \(hex(file)) -").line("a")
                #expect(second.errno == "EEXIST")
                #expect(try Data(contentsOf: URL(fileURLWithPath: file)).count == 3)
            }
        }
    }
}
