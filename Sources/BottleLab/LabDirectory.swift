// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The directory of one running machine: sockets, console, and what is brought to it; its owner's alone.
final class LabDirectory: Sendable {
    private static let prefix = "bottle-lab."
    /// Between the making of a lease's file and its lock; nobody takes the file for a dead one's so early.
    private static let settling = Duration.seconds(10)

    let path: String
    private let lease: Lease

    private init(path: String, lease: Lease) {
        self.path = path
        self.lease = lease
    }

    /// Makes one, and removes those that killed processes left.
    ///
    /// It has a short path, since that of a socket must be.
    static func make() throws(BottleError) -> LabDirectory {
        let base = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        sweep(base)
        var template = Array("\(base)/\(prefix)XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        guard made else { throw .io("make a directory in \(base)", errno) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return LabDirectory(path: path, lease: try Lease.take(directory: path))
    }

    func remove() {
        // What cannot be removed is swept by the next one.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Only what has a lease that nobody holds: a directory without one may be just made.
    static func sweep(_ base: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? [] where name.hasPrefix(prefix) {
            let path = "\(base)/\(name)"
            guard let lease = LabFiles.seal("\(path)/lease"),
                .seconds(time(nil)) - .nanoseconds(lease.changed) > settling,
                (try? Lease.isHeld(directory: path)) == false
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
