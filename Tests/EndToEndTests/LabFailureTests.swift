// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Labs that do not come up, or are not what they were: said in one sentence, exit code 2, and nothing left.
    @Suite(
        .serialized, .timeLimit(.minutes(15)),
        .enabled(if: labs != nil, "needs what a lab is built with: eval \"$(Tests/lab start)\""))
    struct LabFailureTests {
        private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

        /// A directory for PATH with a QEMU that is the machine's own but for what a script does before.
        ///
        /// - Parameter script: Of a shell; `$qemu` is the real one, and a line comes into `starts` for each start.
        private func emulator(_ script: String, _ tool: Tool) throws -> String {
            let directory = tool.file("emulator")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let text = """
                #!/bin/bash
                PATH=\(Self.path)
                qemu=$(command -v qemu-system-x86_64)
                [ "$1" != --version ] || exec "$qemu" --version
                echo started >>\(tool.file("starts").path)
                \(script)

                """
            let file = directory.appending(path: "qemu-system-x86_64")
            try Data(text.utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
            return "\(directory.path):\(Self.path)"
        }

        private func starts(_ tool: Tool) throws -> Int {
            try String(contentsOf: tool.file("starts"), encoding: .utf8).split(separator: "\n").count
        }

        /// Nothing of a machine stays in the directory that it had its sockets in.
        private func expectNothing(in temporary: URL) throws {
            #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
        }

        private func temporary(_ tool: Tool) throws -> URL {
            let directory = tool.file("tmp")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            return directory
        }

        /// A lab in the cache, which every test here needs.
        private func requireLab(_ cache: String, _ tool: Tool) async throws {
            let built = try await tool.finish(
                tool.start(["lab", "build"], environment: ["XDG_CACHE_HOME": cache]), within: 800)
            try #require(built.status == 0, "\(built)")
        }

        @Test func `an emulator that ends at once is tried twice, and its words are kept`() async throws {
            let cache = try #require(EndToEnd.labs)
            try await Tool.withTool { tool in
                try await requireLab(cache, tool)
                let temporary = try temporary(tool)
                let outcome = try await tool.run(
                    "lab", "run", "uname",
                    environment: [
                        "XDG_CACHE_HOME": cache, "TMPDIR": temporary.path,
                        "PATH": try emulator("echo 'emulator: out of order' >&2; exit 1", tool),
                    ])
                #expect(outcome.status == 2 && outcome.stdout.isEmpty, "\(outcome)")
                #expect(outcome.stderr.contains("did not come up and is tried once more"), "\(outcome)")
                let last = try #require(outcome.stderr.split(separator: "\n").last)
                #expect(last.contains("Its console said last: \"emulator: out of order\""), "\(last)")
                #expect(last.contains("second try") && last.contains("lab clean"), "\(last)")
                #expect(try starts(tool) == 2)
                let log = "\(cache)/bottle-conformance/lab/last-failure.log"
                #expect(last.contains(log))
                #expect(try String(contentsOfFile: log, encoding: .utf8) == "emulator: out of order\n")
                try expectNothing(in: temporary)
            }
        }

        @Test func `a run whose lab does not come up is a harness error, with the console in the report`() async throws
        {
            let cache = try #require(EndToEnd.labs)
            try await Tool.withTool { tool in
                try await requireLab(cache, tool)
                let (temporary, junit) = (try temporary(tool), tool.file("r.xml"))
                let process = try tool.start(
                    [
                        "run", "--backend", "namespaces", "--profile", "seed@1", "--lab", "always", "--junit",
                        junit.path,
                    ],
                    environment: [
                        "XDG_CACHE_HOME": cache, "TMPDIR": temporary.path,
                        // The real one, which cannot go on where a machine with two processors stopped.
                        "PATH": try emulator("exec \"$qemu\" \"$@\" -smp 1", tool),
                    ])
                let outcome = try await tool.finish(process, within: 600)
                #expect(outcome.status == 2, "\(outcome)")
                #expect(!outcome.stdout.contains("conformant with"), "\(outcome)")
                #expect(outcome.stderr.contains("second try"), "\(outcome)")
                #expect(try starts(tool) == 2)
                let report = try JUnitFile(junit)
                let failure = try #require(report.cases.first { $0.result == "error" })
                #expect(failure.text.contains("Its console said last"), "\(failure)")
                #expect(failure.text.contains("qemu-system-x86_64"), "QEMU's own words: \(failure)")
                if JUnitSchemas.areHere { #expect(try JUnitSchemas.complaints(about: junit) == "") }
                try expectNothing(in: temporary)
            }
        }

        @Test func `a lab that panics while it is built is built once more, and no half of it stays`() async throws {
            let cache = try #require(EndToEnd.labs)
            try await Tool.withTool { tool in
                try await requireLab(cache, tool)
                let (temporary, own) = (try temporary(tool), tool.file("cache"))
                // The packages are those that are there already.
                let root = own.appending(path: "bottle-conformance/lab")
                let copied = try await tool.shell(
                    "mkdir -p '\(root.path)' && cp -al '\(cache)/bottle-conformance/lab/parts' '\(root.path)/'")
                try #require(copied.status == 0, "\(copied)")
                let process = try tool.start(
                    ["lab", "build"],
                    environment: [
                        "XDG_CACHE_HOME": own.path, "TMPDIR": temporary.path,
                        "PATH": try emulator(
                            "exec \"$qemu\" \"$@\" -append 'console=ttyS0 panic=-1 quiet rdinit=/nosuch'", tool),
                    ])
                let outcome = try await tool.finish(process, within: 800)
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("did not come up and is tried once more"), "\(outcome)")
                let last = try #require(outcome.stderr.split(separator: "\n").last)
                #expect(last.contains("Kernel panic"), "\(outcome)")
                #expect(try starts(tool) == 2)
                let left = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
                #expect(left == ["building", "last-failure.log", "parts"])
                let log = try String(contentsOf: root.appending(path: "last-failure.log"), encoding: .utf8)
                #expect(log.contains("Kernel panic"))
                try expectNothing(in: temporary)
            }
        }

        @Test func `a lab that was written to is built anew, and never used`() async throws {
            let cache = try #require(EndToEnd.labs)
            try await Tool.withTool { tool in
                try await requireLab(cache, tool)
                let root = URL(filePath: "\(cache)/bottle-conformance/lab")
                let keys = try FileManager.default.contentsOfDirectory(atPath: root.path).filter {
                    $0.count == 16 && $0.allSatisfy(\.isHexDigit)
                }
                try #require(keys.count == 1, "\(keys)")
                // One bit of it, and its length stays.
                let handle = try FileHandle(forUpdating: root.appending(path: "\(keys[0])/state"))
                try handle.seek(toOffset: 1000)
                let byte = try #require(try handle.read(upToCount: 1)?.first)
                try handle.seek(toOffset: 1000)
                try handle.write(contentsOf: Data([byte ^ 1]))
                try handle.close()
                let outcome = try await tool.finish(
                    tool.start(["lab", "run", "uname", "-s"], environment: ["XDG_CACHE_HOME": cache]), within: 800)
                #expect(outcome.status == 0 && outcome.stdout == "Linux\n", "\(outcome)")
                #expect(
                    outcome.stderr.contains("\(keys[0]) is not as it was built: building it anew"), "\(outcome)")
            }
        }

        @Test func `without QEMU the package that brings it is named`() async throws {
            try await Tool.withTool { tool in
                try #require(getuid() == 0, "only root can hide a program")
                var bare = tool
                bare.prefix = [
                    "unshare", "--mount", "sh", "-ec",
                    "mount --bind /dev/null /usr/bin/qemu-system-x86_64; exec \"$0\" \"$@\"",
                ]
                let (cache, junit) = (tool.file("cache"), tool.file("r.xml"))
                for command in [
                    ["lab", "build"], ["lab", "run", "uname"], ["bench", "suite", "--backend", "smolmachines"],
                    ["run", "--backend", "smolmachines", "--lab", "always", "--junit", junit.path],
                ] {
                    let outcome = try await bare.finish(
                        bare.start(
                            command, environment: ["XDG_CACHE_HOME": cache.path], workingDirectory: Tool.root))
                    #expect(outcome.status == 2, "\(command): \(outcome)")
                    #expect(
                        outcome.stderr.contains("needs qemu-system-x86_64, which this machine lacks: `apt-get install"),
                        "\(command): \(outcome)")
                }
                #expect(try JUnitFile(junit).cases.contains { $0.text.contains("qemu-system-x86_64") })
                #expect(!FileManager.default.fileExists(atPath: cache.path))
            }
        }

        @Test func `a disk without room is said before anything is fetched`() async throws {
            try await Tool.withTool { tool in
                try #require(getuid() == 0, "only root can mount a small disk")
                let cache = tool.file("cache")
                try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
                var full = tool
                // What is left on it is shown at the end, for the mount is gone then.
                full.prefix = [
                    "unshare", "--mount", "sh", "-c",
                    """
                    mount -t tmpfs -o size=64m none '\(cache.path)' || exit 99
                    "$0" "$@"
                    code=$?
                    find '\(cache.path)' -type f
                    exit $code
                    """,
                ]
                let outcome = try await full.finish(
                    full.start(["lab", "build"], environment: ["XDG_CACHE_HOME": cache.path]))
                #expect(outcome.status == 2, "\(outcome)")
                let root = "\(cache.path)/bottle-conformance/lab"
                #expect(
                    outcome.stderr.contains(
                        "Building a lab takes 2.0 GiB of disk, and there are 0.0 GiB at \(root): make room, or set XDG_CACHE_HOME"
                    ), "\(outcome)")
                #expect(outcome.stdout == "\(root)/building\n", "\(outcome)")
            }
        }
    }
}
