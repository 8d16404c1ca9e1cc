// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleSystem
import CBottleShims
import Synchronization

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

/// Where smolvm keeps all machines of one run: records, disks, sockets, and the monitors that run them.
///
/// It stands in a public directory and not in the user's private state: as root, smolvm runs each monitor as a user of its
/// own and opens every directory above for it, and its sockets' paths have to be short. What is in it belongs to the run
/// that holds its lease.
package final class SmolvmHome: Sendable {
    private static let prefix = "bottle-smolvm-"

    package let directory: String
    private let lease: Lease
    private let listener: Int32
    private let isRemoved = Mutex(false)

    /// A socket of the host that an open twin is given, so that its guest has one to find.
    var socket: String { "\(directory)/host.sock" }

    /// - Parameter environment: The caller's own, for TMPDIR.
    /// - Throws: `.io` when it cannot be made.
    package init(environment: [String: String]) throws(BottleError) {
        directory = "\(Self.base(environment))/\(Self.prefix)\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(directory, 0o700) == 0 else {
            throw BottleError.io("make \(directory) for smolvm's machines; set TMPDIR to a directory with room", errno)
        }
        do throws(BottleError) {
            lease = try Lease.take(directory: directory)
            // Root's machines are run by other users, who have to get at their own files in it.
            guard geteuid() != 0 || chmod(directory, 0o711) == 0 else {
                throw BottleError.io("open \(directory)", errno)
            }
            listener = launcher_listen_unix("\(directory)/host.sock")
            guard listener >= 0 else { throw BottleError.io("make a socket in \(directory)", -listener) }
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
        DedicatedThread.start("smolvm-host-socket") { [listener] in
            // Whoever comes hears one byte; the end of the home ends this as well.
            while true {
                let connection = launcher_accept(listener)
                guard connection >= 0 else { return _ = close(listener) }
                _ = send(connection, "!", 1, Int32(MSG_NOSIGNAL))
                close(connection)
            }
        }
    }

    /// Not the usual directory for temporary files: that is often in memory, where disks have no room.
    private static func base(_ environment: [String: String]) -> String {
        guard let given = environment["TMPDIR"], given.hasPrefix("/"), given.utf8.count > 1 else { return "/var/tmp" }
        return given.hasSuffix("/") ? String(given.dropLast()) : given
    }

    /// Ends every monitor that is left here and removes everything.
    package func remove() throws(BottleError) {
        // Once: the thread closes it then, and its number may be another's.
        let isFirst = isRemoved.withLock { removed in
            defer { removed = true }
            return !removed
        }
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
        try Self.remove(directory)
        withExtendedLifetime(lease) {}
    }

    /// Removes the homes of dead runs of this user, and ends the monitors that still run machines in them.
    ///
    /// - Returns: A line for each.
    package static func sweep(environment: [String: String], dryRun: Bool = false) throws(BottleError) -> [String] {
        let base = base(environment)
        var removed: [String] = []
        for name in HostFiles.names(in: base).sorted() where name.hasPrefix(prefix) {
            let path = "\(base)/\(name)"
            guard let status = FileStatus(path), status.kind == .directory, status.owner == geteuid(),
                try !Lease.isHeld(directory: path)
            else { continue }
            if !dryRun { try remove(path) }
            removed.append("machines \(path)")
        }
        return removed
    }

    /// The processes that run machines in homes that nobody holds any more, or that are gone.
    package static func orphans(environment: [String: String]) throws(BottleError) -> [Int32] {
        let base = base(environment)
        var found: [Int32] = []
        for process in monitors(in: base) {
            let line = HostFiles.contents(of: "/proc/\(process)/cmdline", limit: 4096) ?? []
            let words = line.split(separator: 0, omittingEmptySubsequences: false)
            // One that has ended meanwhile has no words.
            guard words.count > 2 else { continue }
            let path = String(decoding: words[2], as: UTF8.self).dropFirst(base.utf8.count + 1)
            guard let name = path.split(separator: "/").first, name.hasPrefix(prefix) else { continue }
            let home = "\(base)/\(name)"
            if HostFiles.kind(of: home) == .directory, try Lease.isHeld(directory: home) { continue }
            found.append(process)
        }
        return found
    }

    private static func remove(_ directory: String) throws(BottleError) {
        for monitor in monitors(in: directory) { kill(monitor, SIGKILL) }
        let end = ContinuousClock.now + .seconds(5)
        while !monitors(in: directory).isEmpty, ContinuousClock.now < end { usleep(10_000) }
        guard HostFiles.kind(of: directory) != .missing else { return }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            throw BottleError(.io, "The directory \(directory) could not be removed.", cause: error)
        }
    }

    // MARK: - Machines

    /// The data directories of machines by their names, as smolvm has them at this moment.
    package var machines: [String: String] {
        let root = "\(directory)/.cache/smolvm/vms"
        var found: [String: String] = [:]
        for name in HostFiles.names(in: root) {
            guard let bytes = HostFiles.contents(of: "\(root)/\(name)/name", limit: 256) else { continue }
            found[String(decoding: bytes, as: UTF8.self).trimmingPrefix(while: \.isWhitespace).description] =
                "\(root)/\(name)"
        }
        return found
    }

    /// The processes that run machines below a directory: `_boot-vm` with a file in it as its argument.
    package static func monitors(in directory: String) -> [Int32] {
        HostFiles.names(in: "/proc").compactMap { Int32($0) }.filter { process in
            guard let line = HostFiles.contents(of: "/proc/\(process)/cmdline", limit: 4096) else { return false }
            let words = line.split(separator: 0, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            return words.count > 2 && words[1] == "_boot-vm" && words[2].hasPrefix(directory + "/")
        }
    }
}
