// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files of a lab: they are never changed once they have their place in the cache.
struct LabFiles: Sendable, Hashable {
    let directory: String
    var kernel: String { "\(directory)/vmlinuz" }
    var initial: String { "\(directory)/initrd.gz" }
    var disk: String { "\(directory)/disk.raw" }
    /// The memory of the stopped machine.
    var memory: String { "\(directory)/memory" }
    /// The rest of the stopped machine.
    var state: String { "\(directory)/state" }
    /// What it was made from, as JSON.
    var record: String { "\(directory)/lab.json" }

    /// What the console of the last machine said that failed, beside all labs: a draft does not outlive its failure.
    var failureLog: String {
        directory.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" } + "/last-failure.log"
    }

    /// How a file was left; a copy that broke off, or anything that wrote to it since, is told by it.
    ///
    /// No digest: reading the gigabytes of a disk would take longer than all else that a start does.
    struct Seal: Codable, Sendable, Hashable {
        /// Bytes.
        var size: Int
        /// Nanoseconds since 1970 of the last change.
        var changed: Int
    }

    private var sealed: [(name: String, path: String)] {
        [("kernel", kernel), ("initial", initial), ("disk", disk), ("memory", memory), ("state", state)]
    }

    /// Looks at every file once it is as it will stay.
    ///
    /// - Throws: `.io` when one is not there.
    func seals() throws(BottleError) -> [String: Seal] {
        var seals: [String: Seal] = [:]
        for (name, path) in sealed {
            guard let seal = Self.seal(path) else { throw .io("look at \(path)", errno) }
            seals[name] = seal
        }
        return seals
    }

    /// Whether every file is as it was left.
    func match(_ seals: [String: Seal]) -> Bool {
        sealed.allSatisfy { name, path in seals[name].map { $0 == Self.seal(path) } ?? false }
    }

    /// How a file is now; nil where there is none.
    static func seal(_ path: String) -> Seal? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        #if canImport(Glibc)
            let changed = status.st_mtim
        #else
            let changed = status.st_mtimespec
        #endif
        return Seal(size: Int(status.st_size), changed: Int(changed.tv_sec) * 1_000_000_000 + Int(changed.tv_nsec))
    }
}
