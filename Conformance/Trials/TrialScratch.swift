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
    static let prefix = "bottle-conformance-trial."

    /// The directory for temporary files.
    static var base: String { FileManager.default.temporaryDirectory.path }

    let directory: String
    /// Stands for `<state>/claude-bottle`.
    var state: String { "\(directory)/state" }
    /// A directory without any helper in it.
    var empty: String { "\(directory)/empty" }
    /// Stands for the manifest's directory.
    var manifest: String { "\(directory)/manifest" }

    /// Makes the directory, 0700, with what is in it.
    static func make() throws(BottleError) -> TrialScratch {
        sweep(base)
        let path = "\(base)/\(prefix)\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        let scratch = TrialScratch(directory: path)
        for path in [scratch.directory, scratch.state, scratch.empty, scratch.manifest] {
            guard mkdir(path, 0o700) == 0 else { throw .io("make \(path)", errno) }
        }
        return scratch
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// Removes what dead processes of this user left, but not what an engine may hold containers of: see
    /// `AbandonedTrial`.
    private static func sweep(_ base: String) {
        for trial in AbandonedTrial.all(in: base) where !trial.hadEngine { trial.remove() }
    }
}

/// The directory of a trial whose process died before it could remove it.
package struct AbandonedTrial: Sendable {
    private let directory: String

    /// What stood for `<state>/claude-bottle`.
    package var stateRoot: String { "\(directory)/state" }

    /// Whether the trial asked an engine for anything: its owner's mark is then the only way to tell that from others'.
    package var hadEngine: Bool { access("\(stateRoot)/owner", F_OK) == 0 }

    /// Those of this user, of any run.
    package static func all() -> [AbandonedTrial] { all(in: TrialScratch.base) }

    fileprivate static func all(in base: String) -> [AbandonedTrial] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(TrialScratch.prefix),
                let pid = pid_t(name.dropFirst(TrialScratch.prefix.count).prefix { $0 != "." }), pid > 0
            else { return nil }
            var status = stat()
            guard lstat("\(base)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                status.st_uid == geteuid(), isDead(pid)
            else { return nil }
            return AbandonedTrial(directory: "\(base)/\(name)")
        }
    }

    /// Also of one that only its parent has not noticed yet: it holds nothing any more.
    private static func isDead(_ pid: pid_t) -> Bool {
        if kill(pid, 0) < 0, errno == ESRCH { return true }
        #if os(Linux)
            guard let stat = SmallFile.read("/proc/\(pid)/stat", limit: 4096), let end = stat.lastIndex(of: 0x29) else {
                return false
            }
            return stat[(end + 1)...].starts(with: " Z".utf8)
        #else
            return false
        #endif
    }

    package func remove() { try? FileManager.default.removeItem(atPath: directory) }
}
