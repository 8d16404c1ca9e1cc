// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    private static let labs = ProcessInfo.processInfo.environment["BOTTLE_TEST_LAB"]

    /// The lab as a user has it, in a cache of the tests' own.
    @Suite(
        .serialized, .timeLimit(.minutes(15)),
        .enabled(if: labs != nil, "needs what a lab is built with: eval \"$(Tests/lab start)\""))
    struct LabTests {
        private func emulators() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                guard let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return false }
                return String(decoding: line, as: UTF8.self).contains("bottle-lab.")
            }
        }

        @Test func `a lab is built from nothing, runs commands, and is gone`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                // What another version left there is no part of this lab.
                let archives = URL(filePath: try #require(EndToEnd.labs))
                    .appending(path: "bottle-conformance/lab/parts/archives")
                try FileManager.default.createDirectory(at: archives, withIntermediateDirectories: true)
                let stale = archives.appending(path: "runc_0.1-1_amd64.deb")
                try Data("no package".utf8).write(to: stale)
                let built = try await tool.finish(tool.start(["lab", "build"], environment: environment), within: 800)
                try #require(built.status == 0, "\(built)")
                #expect(!FileManager.default.fileExists(atPath: stale.path))
                #expect(!built.stdout.contains("runc 0.1"), "\(built)")
                #expect(built.stdout.contains("smolvm 1.32.2") && built.stdout.contains("QEMU"))

                let named = try await tool.run("lab", "run", "uname", "-r", environment: environment)
                #expect(named.status == 0 && named.stdout.contains("cloud-amd64"), "\(named)")
                let script = "ls -l /dev/kvm >&2; docker ps --quiet; ip -brief link | grep -cv '^lo\\|docker0'; exit 7"
                let looked = try await tool.run("lab", "run", "--", "sh", "-c", script, environment: environment)
                #expect(looked.status == 7, "\(looked)")
                #expect(looked.stdout == "0\n", "there is a network card: \(looked)")
                #expect(looked.stderr.contains("crw-rw-rw-"))
                let boot = try await tool.run(
                    "lab", "run", "cat", "/proc/sys/kernel/random/boot_id", environment: environment)
                let own = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                #expect(boot.stdout.count == own.count && boot.stdout != own)

                let suite = try await tool.run(
                    "lab", "run", "bottle-conformance", "run", "--backend", "namespaces", "--profile", "seed@1",
                    environment: environment)
                #expect(suite.status == 0 && suite.stdout.contains("conformant with seed@1"), "\(suite)")

                let late = try await tool.run("lab", "run", "--timeout", "1", "sleep", "60", environment: environment)
                #expect(late.status == 2 && late.stderr.contains("did not end in the lab in time"), "\(late)")
                #expect(try emulators().isEmpty)
            }
        }

        @Test func `a part that is not the one that was tested is refused`() async throws {
            try await Tool.withTool { tool in
                let cache = tool.file("cache")
                let parts = cache.appending(path: "bottle-conformance/lab/parts")
                try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
                let name = "smolmachines-1.32.2-cp39-abi3-manylinux_2_28_x86_64.whl"
                try Data("no wheel".utf8).write(to: parts.appending(path: name))
                let outcome = try await tool.run("lab", "build", environment: ["XDG_CACHE_HOME": cache.path])
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains(name) && outcome.stderr.contains("Delete it"), "\(outcome)")
                let left = try FileManager.default.contentsOfDirectory(
                    atPath: cache.appending(path: "bottle-conformance/lab").path)
                #expect(!left.contains { $0.hasSuffix(".draft") }, "\(left)")
                let cleaned = try await tool.run("lab", "clean", environment: ["XDG_CACHE_HOME": cache.path])
                #expect(cleaned.status == 0 && !FileManager.default.fileExists(atPath: parts.path), "\(cleaned)")
            }
        }
    }
}
