// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import ConformanceReports

struct ReportFileTests {
    private static func names(_ directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    }

    private static func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func aReportReplacesTheOldOneAndLeavesNothingElse() async throws {
        try await withScratchDirectory { directory in
            let path = directory.appending(path: "report.xml").path
            for bytes in [[UInt8]("one".utf8), [UInt8](repeating: 0x41, count: 3_000_000), []] {
                try ReportFile.check(path: path)
                try ReportFile.write(path: path, bytes: bytes)
                #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
            }
            // World-readable at most, and never more than the umask of the user allows.
            #expect(try Self.mode(path) & ~0o644 == 0)
            #expect(try Self.mode(path) & 0o600 == 0o600)
            #expect(try Self.names(directory) == ["report.xml"])
        }
    }

    @Test func aCheckCreatesNothing() async throws {
        try await withScratchDirectory { directory in
            try ReportFile.check(path: directory.appending(path: "report.xml").path)
            #expect(try Self.names(directory).isEmpty)
        }
    }

    @Test func aLinkStaysALink() async throws {
        try await withScratchDirectory { directory in
            let target = directory.appending(path: "target.xml").path
            let link = directory.appending(path: "link.xml").path
            try ReportFile.write(path: target, bytes: [1])
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target.xml")
            try ReportFile.write(path: link, bytes: [2])
            #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data([2]))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target.xml")
        }
    }

    @Test func unwritablePlacesAreFoundBeforeALaunch() async throws {
        try await withScratchDirectory { directory in
            let base = directory.path
            try ReportFile.write(path: base + "/file", bytes: [])
            try FileManager.default.createSymbolicLink(atPath: base + "/dangling", withDestinationPath: "nowhere")
            let places = [
                ("", "is empty"), ("a\0b", "NUL"), (base, "is a directory"), (base + "/", "is a directory"),
                (base + "/missing/report.xml", "there is no directory"), (base + "/file/report.xml", "no directory"),
                (base + "/new/", "names a directory"), ("/dev/null", "no regular file"),
                (base + "/dangling", "leads nowhere"),
                (base + "/" + String(repeating: "n", count: 300), "choose a shorter name"),
            ]
            for (path, words) in places {
                for writes in [false, true] {
                    let error = #expect(throws: BottleError.self, "\(path)") {
                        if writes {
                            try ReportFile.write(path: path, bytes: [])
                        } else {
                            try ReportFile.check(path: path)
                        }
                    }
                    #expect(error?.code == .io)
                    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
                }
            }
            #expect(try Self.names(directory) == ["dangling", "file"])
        }
    }

    /// Not even root can create a file in /proc, so this holds for every user.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self"), "needs /proc"))
    func aFileSystemThatRefusesIsFound() {
        let error = #expect(throws: BottleError.self) { try ReportFile.check(path: "/proc/report.xml") }
        #expect(error?.code == .io)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func aForbiddenDirectoryIsFound() async throws {
        try await withScratchDirectory { directory in
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path)
            let error = #expect(throws: BottleError.self) {
                try ReportFile.check(path: directory.appending(path: "report.xml").path)
            }
            #expect(error?.message.contains("choose a directory you may write to") == true)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        }
    }
}
