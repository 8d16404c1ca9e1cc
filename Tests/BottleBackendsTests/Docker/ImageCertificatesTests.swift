// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import BottleBackends

/// How the CA bundle of an image is read: against a program that plays an engine.
struct ImageCertificatesTests {
    /// Hands out the archive of a path from a file, and counts.
    private static let script = """
        [ "$1 $3" = 'cp -' ] || exit 9
        echo "$2" >>"$here/calls"
        name=$(printf '%s' "${2#*:}" | tr / _)
        if [ ! -f "$here/$name" ]; then cat "$here/complaint" >&2; exit 1; fi
        cat "$here/$name"
        """
    private static let path = "/etc/ssl/certs/ca-certificates.crt"
    private static let absence = "Error response from daemon: Could not find the file \(path) in container c"

    /// Reads the bundle of an image twice.
    ///
    /// - Parameters:
    ///   - archives: What the engine hands out, by path.
    ///   - complaint: What it says of everything else.
    /// - Returns: What was read, and how often the engine was asked.
    private func read(
        _ archives: [String: TarArchive], complaint: String = Self.absence
    ) async throws -> (bytes: [UInt8], calls: Int) {
        let place = FileManager.default.temporaryDirectory.appending(path: "bottle-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        for (path, archive) in archives {
            try Data(archive.bytes).write(to: place.appending(path: path.replacing("/", with: "_")))
        }
        try Data(complaint.utf8).write(to: place.appending(path: "complaint"))
        let program = place.appending(path: "engine")
        try Data("#!/bin/sh\nhere='\(place.path)'\n\(Self.script)\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let engine = try EngineClient(engine: program.path, environment: ["PATH": "/usr/bin:/bin"])
        let first = try await engine.certificates(of: "sha256:aa", in: "c")
        #expect(try await engine.certificates(of: "sha256:aa", in: "another") == first)
        let calls = try String(contentsOf: place.appending(path: "calls"), encoding: .utf8)
        return (first, calls.split(separator: "\n").count)
    }

    private func file(_ bytes: [UInt8]) throws -> TarArchive {
        var archive = TarArchive()
        try archive.add(file: "ca-certificates.crt", bytes, mode: 0o644)
        return archive
    }

    private func link(to target: String) throws -> TarArchive {
        var archive = TarArchive()
        try archive.add(symlink: "ca-certificates.crt", to: target)
        return archive
    }

    @Test func itIsReadOnceForAnImage() async throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let seen = try await read([Self.path: file(bytes)])
        #expect(seen.bytes == bytes && seen.calls == 1)
    }

    @Test(arguments: [
        ("/etc/pki/tls.pem", "/etc/pki/tls.pem"), ("tls.pem", "/etc/ssl/certs/tls.pem"),
        ("../tls.pem", "/etc/ssl/certs/../tls.pem"),
        ("/" + String(repeating: "a", count: 150), "/" + String(repeating: "a", count: 150)),
    ])
    func aLinkIsFollowedWhereTheEngineFollowsNone(target: String, path: String) async throws {
        let seen = try await read([Self.path: link(to: target), path: file([1, 2, 3])])
        #expect(seen.bytes == [1, 2, 3] && seen.calls == 2)
    }

    @Test func anImageWithoutOneHasNone() async throws {
        for complaint in [
            Self.absence, "Error: No such container:path: c:\(Self.path)",
            "Error: \"\(Self.path)\" could not be found on container c: no such file or directory",
        ] {
            #expect(try await read([:], complaint: complaint).bytes.isEmpty, "\(complaint)")
        }
        var directory = TarArchive()
        try directory.add(directory: "ca-certificates.crt")
        #expect(try await read([Self.path: directory]).bytes.isEmpty)
        // A link that leads nowhere, and one that leads to itself.
        #expect(try await read([Self.path: link(to: "/nowhere")]).bytes.isEmpty)
        #expect(try await read([Self.path: link(to: Self.path)]).bytes.isEmpty)
    }

    @Test func whatElseAnEngineSaysIsAFailure() async throws {
        let error = await #expect(throws: BottleError.self) {
            _ = try await read([:], complaint: "Error: No such container: c")
        }
        #expect(error?.code == .notFound)
        let tooLarge = await #expect(throws: BottleError.self) {
            _ = try await read([Self.path: file([UInt8](repeating: 1, count: 9 << 20))])
        }
        #expect(tooLarge?.message.contains("more than 8 MiB") == true)
    }

    @Test func whatIsNoArchiveIsNoFile() {
        #expect(ArchivedEntry([]) == .other)
        #expect(ArchivedEntry([UInt8](repeating: 0, count: 1024)) == .other)
        #expect(ArchivedEntry([UInt8](repeating: 0x37, count: 512)) == .other)
        var cut = TarArchive()
        try? cut.add(file: "a", [UInt8](repeating: 1, count: 600), mode: 0o644)
        #expect(ArchivedEntry(Array(cut.bytes.prefix(1024))) == .other)
    }
}
