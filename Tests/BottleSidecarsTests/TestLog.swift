// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Glibc

@testable import BottleSidecars

/// The log of a test's servers, kept in an unnamed file.
final class TestLog: Sendable {
    let sink: LineSink
    private let descriptor: Int32

    init() throws {
        var path = Self.template("sidecar-log")
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw BottleError(.io, "no temporary file") }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        sink = LineSink(descriptor: descriptor, daemon: "test")
    }

    /// What mkstemp and mkdtemp fill in, in the directory that TMPDIR names.
    static func template(_ name: String) -> [CChar] {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        return Array("\(directory)/\(name).\(String(repeating: "X", count: 6))".utf8CString)
    }

    func close() { Glibc.close(descriptor) }

    /// Every record so far, as name -> value.
    var records: [[String: String]] {
        var text = [UInt8](repeating: 0, count: 1 << 20)
        let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return text[..<max(0, count)].split(separator: 0x0a).compactMap { TestLog.record(Array($0)) }
    }

    static func record(_ line: [UInt8]) -> [String: String]? {
        guard case .object(let members) = try? JSONParser.parse(line) else { return nil }
        var record: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value else { return nil }
            record[member.name] = text
        }
        return record
    }
}
