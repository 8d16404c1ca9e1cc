// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleManifest
import Foundation
import Testing

@Suite struct ManifestFileTests {
    /// Runs a body with an empty directory, and removes it.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "manifest-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test func linksInsideAreFollowedAndLinksOutAreNot() throws {
        try withDirectory { root in
            try FileManager.default.createDirectory(atPath: "\(root)/in/agents", withIntermediateDirectories: true)
            let markdown = "---\nbottle: dev\n---\nHello."
            try write(markdown, "\(root)/outside.md")
            try write(markdown, "\(root)/in/real.md")
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: "\(root)/in/agents/out.md", withDestinationPath: "../../outside.md")
            try manager.createSymbolicLink(atPath: "\(root)/in/agents/in.md", withDestinationPath: "../real.md")
            try manager.createSymbolicLink(atPath: "\(root)/in/up", withDestinationPath: "..")
            for (file, isFine) in [("agents/in.md", true), ("agents/out.md", false), ("up/outside.md", false)] {
                try write("bottles: {dev: {}}\nagents: {a: {file: \(file)}}\n", "\(root)/in/m.yaml")
                if isFine {
                    #expect(try ManifestFile.load("\(root)/in/m.yaml").manifest.agents["a"]?.prompt == "Hello.")
                } else {
                    let error = #expect(throws: BottleError.self) { try ManifestFile.load("\(root)/in/m.yaml") }
                    #expect(error?.message.contains("leads out of the manifest's directory") == true)
                    #expect(error?.message.contains("m.yaml:2:20:") == true)
                }
            }
        }
    }

    @Test func aKeyMayBeMissingButNotLeadOut() throws {
        try withDirectory { root in
            let upstream = "{name: a, url: \"git@git.example:a\", identity: key}"
            try write("bottles: {d: {git: {upstreams: [\(upstream)]}}}\nagents: {}\n", "\(root)/m.yaml")
            #expect(try ManifestFile.load("\(root)/m.yaml").manifest.bottles["d"]?.gitUpstreams.count == 1)
            try FileManager.default.createSymbolicLink(atPath: "\(root)/key", withDestinationPath: "/etc/passwd")
            let error = #expect(throws: BottleError.self) { try ManifestFile.load("\(root)/m.yaml") }
            #expect(error?.message.contains("in bottle \"d\": the path \"key\" leads out") == true)
        }
    }

    @Test func aDirectoryAPipeAndAnEndlessFileAreNoManifests() throws {
        try withDirectory { root in
            #expect(throws: BottleError.self) { try ManifestFile.load(root) }
            let pipe = "\(root)/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            #expect(throws: BottleError.self) { try ManifestFile.load(pipe) }
            let endless = #expect(throws: BottleError.self) { try ManifestFile.load("/dev/zero") }
            #expect(endless?.message.contains("more than 1048576 bytes") == true)
            let missing = #expect(throws: BottleError.self) { try ManifestFile.load("\(root)/no.yaml") }
            #expect(missing?.code == .input)
        }
    }

    @Test func agentsFilesAreBoundedTogether() throws {
        try withDirectory { root in
            let size = ManifestDecoder.maximumSize
            let head = "---\nbottle: dev\n---\n"
            try write(head + String(repeating: "x", count: size - head.utf8.count), "\(root)/a.md")
            let agents = (0..<9).map { "a\($0): {file: a.md}" }
            func manifest(_ count: Int) throws {
                try write(
                    "bottles: {dev: {}}\nagents: {\(agents.prefix(count).joined(separator: ", "))}\n", "\(root)/m.yaml")
            }
            try manifest(8)
            #expect(try ManifestFile.load("\(root)/m.yaml").manifest.agents.count == 8)
            try manifest(9)
            let error = #expect(throws: BottleError.self) { try ManifestFile.load("\(root)/m.yaml") }
            #expect(error?.message.contains("its agents' files have more than") == true)
        }
    }
}
