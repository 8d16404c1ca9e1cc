// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims
import Foundation
import Testing

extension ProbeSuite {
    @Suite struct UnixTests {
        /// What the probe says about a path, without the number.
        private func answers(_ line: ProbeRunner.Line, _ path: String) -> [String] {
            (line.object["facts"] as? [String: String] ?? [:]).filter { $0.key.hasPrefix("socket.") }.map(\.value)
                .filter { $0.hasSuffix(" \(path)") }.map { String($0.prefix { $0 != " " }) }
        }

        /// The paths are longer than a socket address holds.
        @Test func everySocketIsFoundAndTried() async throws {
            try await ScratchDirectory.with { directory in
                let deep = directory.appendingPathComponent(String(repeating: "d", count: 120))
                try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
                #expect(symlink("/", deep.appendingPathComponent("loop").path) == 0)
                let alive = try LocalSocket(in: deep, "alive", type: SOCK_STREAM)
                let datagrams = try LocalSocket(in: deep, "datagrams", type: SOCK_DGRAM)
                let dead = try LocalSocket(in: deep, "dead", type: SOCK_STREAM)
                dead.close()
                let decoy = deep.appendingPathComponent("decoy").path
                let line = try await ProbeRunner.batch("timeout 60000", "unixsockets a n \(hex(decoy))").line("a")
                #expect(line.stage == "done" && line.errno == nil)
                #expect(line.fact("decoy") == "ok")
                #expect(answers(line, decoy) == ["ok"])
                #expect(answers(line, deep.appendingPathComponent("alive").path) == ["ok"])
                #expect(answers(line, deep.appendingPathComponent("datagrams").path) == ["ok"])
                #expect(answers(line, deep.appendingPathComponent("dead").path) == ["ECONNREFUSED"])
                #expect(!FileManager.default.fileExists(atPath: decoy))
                withExtendedLifetime((alive, datagrams)) {}
            }
        }

        @Test func aDecoyThatCannotBeMadeIsSaid() async throws {
            let line = try await ProbeRunner.batch("timeout 60000", "unixsockets a n \(hex("/no/such/decoy"))").line(
                "a")
            #expect(line.fact("decoy") == "ENOENT")
        }

        @Test func anAbstractNameIsSpokenTo() async throws {
            let name = "bottle-test-\(UInt64.random(in: 0...UInt64.max))"
            let listener = try LocalSocket(abstract: name)
            let run = try await ProbeRunner.batch(
                "exchange there n unix @\(name) 0 5000 -/bytes:0", "exchange gone n unix @\(name)-not 0 5000 -/bytes:0")
            #expect(try run.line("there").stage == "done")
            #expect(try run.line("there").errno == nil)
            #expect(try run.line("gone").errno == "ECONNREFUSED")
            listener.close()
        }
    }
}

/// A local socket that is bound, and listens where it can.
private final class LocalSocket {
    private var descriptor: Int32

    /// The path is reached through its directory, so that it may be long.
    init(in directory: URL, _ name: String, type: __socket_type) throws {
        let place = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { _ = Glibc.close(place) }
        descriptor = -1
        try bind(Array("/proc/self/fd/\(place)/\(name)".utf8), type)
    }

    init(abstract name: String) throws {
        descriptor = -1
        try bind([0] + Array(name.utf8), SOCK_STREAM)
    }

    private func bind(_ path: [UInt8], _ type: __socket_type) throws {
        descriptor = socket(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = path.count < MemoryLayout.size(ofValue: address.sun_path)
        try #require(descriptor >= 0 && fits)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
        }
        try #require(result == 0)
        if type == SOCK_STREAM { try #require(listen(descriptor, 4) == 0) }
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    deinit { close() }
}
