// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    /// `bottle-probe unpack`, fed with archives that Python makes, also hostile ones.
    @Suite struct UnpackTests {
        /// Makes an archive with Python's tarfile: `add(name, kind, data, mode)`, `ROOT` stands for the directory below /.
        private func unpack(_ body: String, root: URL) async throws -> ProbeRunner.Run {
            let script = """
                import tarfile, io, sys
                ROOT = sys.argv[1].lstrip('/')
                out = io.BytesIO()
                tar = tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT)
                def add(name, kind=tarfile.REGTYPE, data=b'', mode=0o644, link=''):
                    info = tarfile.TarInfo(name)
                    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(data)
                    tar.addfile(info, io.BytesIO(data))
                \(body)
                tar.close()
                sys.stdout.buffer.write(out.getvalue())
                """
            let file = root.appending(path: "make.py")
            try Data(script.utf8).write(to: file)
            return try await ProbeRunner.shell("python3 -I '\(file.path)' '\(root.path)' | \"$0\" unpack")
        }

        private func withRoot(_ body: (URL) async throws -> Void) async throws {
            let root = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
                .appending(path: "unpack-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: root) }
            try await body(root)
        }

        @Test func whatIsInTheArchiveIsThere() async throws {
            try await withRoot { root in
                let long = String(repeating: "l", count: 120)
                let run = try await unpack(
                    """
                    add(ROOT + '/d', tarfile.DIRTYPE, mode=0o750)
                    add(ROOT + '/d/run.sh', data=b'#!/bin/sh', mode=0o755)
                    add(ROOT + '/d/secret', data=b'x' * 100000, mode=0o600)
                    add(ROOT + '/d/fixed', data=b'y', mode=0o444)
                    add(ROOT + '/new/\(long)/deep', data=b'z')
                    add(ROOT + '/d/link', tarfile.SYMTYPE, link='run.sh')
                    """, root: root)
                #expect(run.exitCode == 0, "\(String(decoding: run.errors, as: UTF8.self))")
                #expect(run.text == "unpacked 6\n")
                func mode(_ path: String) throws -> Int? {
                    try FileManager.default.attributesOfItem(atPath: root.appending(path: path).path)[.posixPermissions]
                        as? Int
                }
                #expect(try mode("d") == 0o750)
                #expect(try mode("d/run.sh") == 0o755)
                #expect(try mode("d/secret") == 0o600)
                #expect(try mode("d/fixed") == 0o444)
                #expect(try Data(contentsOf: root.appending(path: "d/secret")).count == 100_000)
                #expect(try String(contentsOf: root.appending(path: "new/\(long)/deep"), encoding: .utf8) == "z")
                let target = try FileManager.default.destinationOfSymbolicLink(
                    atPath: root.appending(path: "d/link").path)
                #expect(target == "run.sh")
            }
        }

        @Test(arguments: [
            "add('/' + ROOT + '/x')", "add(ROOT + '/../x')", "add(ROOT + '/a/./x')", "add('')",
            "add(ROOT + '/x', tarfile.LNKTYPE, link='etc/passwd')", "add(ROOT + '/x', tarfile.CHRTYPE)",
            "add(ROOT + '/x', tarfile.FIFOTYPE)", "add(ROOT + '/x', mode=0o4755)",
            "add(ROOT + '/l', tarfile.SYMTYPE, link='/' + ROOT + '/out'); add(ROOT + '/l/x')",
            "add(ROOT + '/l', tarfile.SYMTYPE, link='x'); add(ROOT + '/l')",
            "add(ROOT + '/planted/x')", "add(ROOT + '/file')", "add(ROOT + '/file', tarfile.DIRTYPE)",
        ])
        func whatLeadsElsewhereIsRefused(body: String) async throws {
            try await withRoot { root in
                let outside = root.appending(path: "out")
                try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: false)
                try FileManager.default.createSymbolicLink(
                    at: root.appending(path: "planted"), withDestinationURL: outside)
                try Data("mine".utf8).write(to: root.appending(path: "file"))
                let run = try await unpack(body, root: root)
                #expect(run.exitCode == 1 && run.output.isEmpty, "\(run.text)")
                #expect(run.errors.split(separator: 0x0a).count == 1)
                #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path).isEmpty)
                #expect(!FileManager.default.fileExists(atPath: root.appending(path: "x").path))
                #expect(try String(contentsOf: root.appending(path: "file"), encoding: .utf8) == "mine")
            }
        }

        @Test(arguments: ["", "nonsense", String(repeating: "a", count: 512), String(repeating: "a", count: 1500)])
        func whatIsNoArchiveIsRefused(input: String) async throws {
            let run = try await ProbeRunner.start(["unpack"], input: input)
            #expect(run.exitCode == 1)
            #expect(run.output.isEmpty && run.errors.split(separator: 0x0a).count == 1)
        }

        @Test func anArchiveThatIsCutOffIsRefused() async throws {
            try await withRoot { root in
                let script = """
                    cd / && mkdir '\(root.path)/d' && printf hello >'\(root.path)/d/f' &&
                    tar -cf '\(root.path)/t.tar' '.\(root.path)/d/f' 2>/dev/null && rm -r '\(root.path)/d' &&
                    head -c 1000 '\(root.path)/t.tar' | "$0" unpack
                    """
                let run = try await ProbeRunner.shell(script)
                #expect(run.exitCode == 1 && run.output.isEmpty, "\(run.text)")
            }
        }
    }
}
