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

/// The directory that labs are kept in, a directory a lab by its key; only the holder of the build lock changes it.
struct LabCache: Sendable {
    let root: String

    private static let draft = ".draft"

    func files(_ key: String) -> LabFiles { LabFiles(directory: "\(root)/\(key)") }

    /// Where a lab is made before it gets its place.
    func draft(_ key: String) -> LabFiles { LabFiles(directory: "\(root)/\(key)\(Self.draft)") }

    /// Gives a lab that is whole its place.
    func place(_ draft: LabFiles, _ key: String) throws(BottleError) {
        guard rename(draft.directory, files(key).directory) == 0 else {
            throw .io("put the lab in its place at \(files(key).directory)", errno)
        }
    }

    /// Removes what builds that were killed left.
    func sweepDrafts() {
        for name in names where name.hasSuffix(Self.draft) { try? remove(name) }
    }

    /// Removes one lab that nobody should use, be it because it is not whole.
    func discard(_ key: String) {
        guard names.contains(key) else { return }
        // First its name, in one step: nobody finds a half of it.
        let gone = "\(key)\(Self.draft)"
        if rename("\(root)/\(key)", "\(root)/\(gone)") == 0 { try? remove(gone) }
    }

    /// Removes labs that no process uses.
    ///
    /// - Parameter isOld: Whether the lab of this key is to go.
    /// - Returns: The keys of those that are used and stay.
    @discardableResult
    func removeUnused(_ isOld: (String) -> Bool) -> [String] {
        var used: [String] = []
        for key in keys where isOld(key) {
            if HeldLab.isHeld(files(key)) { used.append(key) } else { discard(key) }
        }
        return used
    }

    /// The keys of all labs, whole or not.
    var keys: [String] { names.filter { Self.isKey($0) }.sorted() }

    /// Bytes that a user without privileges may still write to the file system of the cache; nil when it does not tell.
    var room: Int? {
        var status = statvfs()
        guard statvfs(root, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] }

    private func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(root)/\(name)") }

    /// Sixteen hexadecimal digits; for a lab with this tool in it sixteen more, and for a prepared one again.
    private static func isKey(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return (1...3).contains(parts.count) && parts.allSatisfy { $0.utf8.count == 16 && $0.allSatisfy(\.isHexDigit) }
    }
}
