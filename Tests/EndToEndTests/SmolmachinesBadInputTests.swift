// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// What a machine can lack for bottles with microVMs: one sentence with what to do, exit code 2, and nothing made.
    @Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: TestEngine.isHere, TestEngine.reason))
    struct SmolmachinesBadInputTests {
        private let engine = TestEngine.shared
        private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        private static let hasDevice = FileManager.default.fileExists(atPath: "/dev/kvm")
        private static let commands = [
            ["run", "--backend", "smolmachines", "--select", "PROV-01", "--lab", "never"],
            ["bench", "suite", "--backend", "smolmachines", "--lab", "never"],
        ]

        /// A PATH with a smolvm that says its version, and nothing that is done with one comes that far here.
        private func path(version: String, _ tool: Tool) throws -> String {
            let directory = tool.file("smolvm-\(version)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let file = directory.appending(path: "smolvm")
            try Data("#!/bin/sh\n[ \"$1\" = --version ] && echo 'smolvm \(version)'\n".utf8).write(to: file)
            for path in [directory.path, file.path] {
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
            return "\(directory.path):\(Self.path)"
        }

        /// Each command says all of this, and leaves engine and state as they were.
        private func expect(_ says: [String], path: String?, _ tool: Tool) async throws {
            var variables = engine.environment
            variables["PATH"] = path
            let before = try await engine.inventory(tool)
            for command in Self.commands {
                let outcome = try await tool.finish(
                    tool.start(command, environment: variables, workingDirectory: Tool.root))
                #expect(outcome.status == 2, "\(outcome)")
                let sentence = try #require(outcome.stderr.split(separator: "\n").last, "\(outcome)")
                for word in says { #expect(sentence.contains(word), "'\(word)' is not in \(outcome)") }
                #expect(!outcome.stderr.contains("Fatal error"), "\(outcome)")
            }
            #expect(try await engine.inventory(tool) == before)
            #expect(try tool.bottles.isEmpty)
        }

        @Test func `without smolvm it is said where it comes from`() async throws {
            try await Tool.withTool { tool in
                try await expect(
                    ["There is no program smolvm in PATH", "`pip install smolmachines`", "--lab always"], path: nil,
                    tool)
            }
        }

        @Test func `a smolvm that is too old is named with the oldest that is not`() async throws {
            try await Tool.withTool { tool in
                try await expect(
                    ["smolvm is version 1.9.3", "Install 1.20.0 or newer", "pip install --upgrade smolmachines"],
                    path: try path(version: "1.9.3", tool), tool)
            }
        }

        @Test func `a smolvm that does not run is called that`() async throws {
            try await Tool.withTool { tool in
                let path = try path(version: "1.32.2", tool)
                try Data("#!/bin/sh\necho 'libkrun.so: cannot open' >&2; exit 127\n".utf8).write(
                    to: tool.file("smolvm-1.32.2/smolvm"))
                try await expect(["libkrun.so: cannot open", "pip install smolmachines"], path: path, tool)
            }
        }

        @Test(.enabled(if: hasDevice, "needs a /dev/kvm to take away"))
        func `without the right to /dev/kvm it is said whom to ask`() async throws {
            try await Tool.withTool { tool in
                try #require(getuid() == 0, "only root can take the right away")
                let path = try path(version: "1.32.2", tool)
                var other = tool
                // As distributions make it: for root and a group.
                let device = tool.file("kvm").path
                other.prefix = [
                    "unshare", "--mount", "sh", "-ec",
                    """
                    touch '\(device)'
                    chmod 660 '\(device)'
                    mount --bind '\(device)' /dev/kvm
                    exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0" "$@"
                    """,
                ]
                try await expect(
                    ["/dev/kvm cannot be opened (Permission denied)", "Join the group", "--lab always"], path: path,
                    other)
            }
        }

        @Test func `without /dev/kvm it is said to switch virtualisation on`() async throws {
            try await Tool.withTool { tool in
                try #require(getuid() == 0, "only root can make a /dev without it")
                var other = tool
                let old = tool.file("dev").path
                other.prefix = [
                    "unshare", "--mount", "sh", "-ec",
                    """
                    mkdir '\(old)'
                    mount --rbind /dev '\(old)'
                    mount -t tmpfs none /dev
                    for name in null zero full random urandom tty; do
                        touch "/dev/$name"
                        mount --bind '\(old)'/"$name" "/dev/$name"
                    done
                    umount --recursive --lazy '\(old)'
                    rmdir '\(old)'
                    exec "$0" "$@"
                    """,
                ]
                try await expect(
                    ["/dev/kvm is not there", "Switch virtualisation on", "--lab always"],
                    path: try path(version: "1.32.2", tool), other)
            }
        }

        @Test(.enabled(if: hasDevice, "needs a /dev/kvm to take away"))
        func `a /dev/kvm that runs no guests is called that`() async throws {
            try await Tool.withTool { tool in
                try #require(getuid() == 0, "only root can put another device there")
                var other = tool
                other.prefix = [
                    "unshare", "--mount", "sh", "-ec",
                    "mount --bind /dev/null /dev/kvm; exec \"$0\" \"$@\"",
                ]
                try await expect(
                    ["/dev/kvm", "microVMs need one that works", "--lab always"],
                    path: try path(version: "1.32.2", tool), other)
            }
        }
    }
}
