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

/// The directory of one trial: state of its own, removed when it ends and swept when the process did not get there.
struct TrialScratch: Sendable {
    private static let prefix = "bottle-conformance-trial."

    let directory: String
    /// Stands for `<state>/claude-bottle`.
    var state: String { "\(directory)/state" }
    /// A directory without any helper in it.
    var empty: String { "\(directory)/empty" }
    /// Stands for the manifest's directory.
    var manifest: String { "\(directory)/manifest" }

    /// Makes the directory, 0700, with what is in it.
    static func make() throws(BottleError) -> TrialScratch {
        let base = FileManager.default.temporaryDirectory.path
        sweep(base)
        let path = "\(base)/\(prefix)\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        let scratch = TrialScratch(directory: path)
        for path in [scratch.directory, scratch.state, scratch.empty, scratch.manifest] {
            guard mkdir(path, 0o700) == 0 else { throw .io("make \(path)", errno) }
        }
        return scratch
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// Removes what dead processes of this user left.
    private static func sweep(_ base: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? [] where name.hasPrefix(prefix) {
            guard let pid = pid_t(name.dropFirst(prefix.count).prefix { $0 != "." }), pid > 0 else { continue }
            var status = stat()
            guard lstat("\(base)/\(name)", &status) == 0, status.st_uid == geteuid(), kill(pid, 0) < 0, errno == ESRCH
            else { continue }
            try? FileManager.default.removeItem(atPath: "\(base)/\(name)")
        }
    }
}
