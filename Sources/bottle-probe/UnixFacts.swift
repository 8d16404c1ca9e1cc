// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Every socket in the guest's file systems, and whether somebody listens on it.
///
/// The walk follows no link and leaves out where the kernel shows itself; mount points are looked at one by one. A directory that can be passed but not listed
/// may hide a name that somebody knows, so it is reported; one that cannot even be passed hides nothing from this user.
struct UnixFacts {
    private static let mostDirectories: UInt64 = 2_000_000
    private static let mostDepth = 128
    private static let mostSockets = 256
    private static let listCapacity = 1 << 20
    /// Bytes of the table of mounts.
    private static let mostTable = 16 << 20

    private var outcome = Outcome(.done)
    private var directories: UInt64 = 0
    private var sockets = 0
    private var unlisted: UInt64 = 0
    private var buffer = Bytes(repeating: 0, count: listCapacity)

    /// `socket.N` is `ok` or an errno, a space, and the path; `mount.N` is there for one that is mounted by itself.
    /// `decoy` is how the socket was made at `decoy` that the walk must find, `directories` how many were listed, and
    /// `unlisted.N` a directory that may hide names.
    mutating func collect(decoy: Bytes) -> Outcome {
        let slash = decoy.lastIndex(of: 0x2f) ?? 0
        let (place, name) = (Bytes(decoy[..<slash]) + [0x2f], Bytes(decoy[slash...].dropFirst()))
        let listener = Self.plant(name, in: place)
        outcome.note("decoy", listener < 0 ? Outcome.name(of: -listener) : Bytes("ok"))
        let root = probe_open_root()
        if root < 0 {
            outcome.errno = -root
        } else {
            let walked = walk(root, path: [], depth: 0)
            outcome.errno = -(walked == 0 ? visitMounts() : walked)
            _ = probe_close(root)
        }
        if listener >= 0 {
            _ = probe_close(listener)
            Self.remove(name, in: place)
        }
        outcome.note("directories", Bytes(decimal: directories))
        return outcome
    }

    /// The listening socket in a directory, or a negative error number.
    private static func plant(_ name: Bytes, in directory: Bytes) -> Int32 {
        let descriptor = probe_open(directory.terminated)
        guard descriptor >= 0 else { return descriptor }
        defer { _ = probe_close(descriptor) }
        let entered = probe_enter_directory(descriptor)
        guard entered == 0 else { return entered }
        // One of a probe that was killed.
        _ = probe_unlink_here(name.terminated)
        return probe_listen_here(name.terminated)
    }

    private static func remove(_ name: Bytes, in directory: Bytes) {
        let descriptor = probe_open(directory.terminated)
        guard descriptor >= 0 else { return }
        defer { _ = probe_close(descriptor) }
        if probe_enter_directory(descriptor) == 0 { _ = probe_unlink_here(name.terminated) }
    }

    /// 0 or a negative error number.
    private mutating func walk(_ directory: Int32, path: Bytes, depth: Int) -> Int32 {
        guard depth <= Self.mostDepth, directories < Self.mostDirectories else { return -probe_error_overflow }
        let isKernel = probe_is_kernel_directory(directory)
        guard isKernel == 0 else { return min(isKernel, 0) }
        let used = probe_list_kinds(directory, &buffer, buffer.count)
        guard used >= 0 else { return Int32(truncatingIfNeeded: used) }
        directories += 1
        let entries = buffer[..<used].split(separator: 0).map { Bytes($0) }
        for entry in entries {
            let name = Bytes(entry.dropFirst())
            let below = path + [0x2f] + name
            let result =
                entry.first == UInt8(ascii: "s")
                ? meet(name, in: directory, below) : enter(name, in: directory, below, depth)
            guard result == 0 else { return result }
        }
        return 0
    }

    /// A directory lists what is below a mount and not what is mounted there, so mounted sockets are in no listing.
    ///
    /// - Returns: 0 or a negative error number.
    private mutating func visitMounts() -> Int32 {
        let descriptor = probe_open(Bytes("/proc/self/mountinfo").terminated)
        guard descriptor >= 0 else { return descriptor }
        defer { _ = probe_close(descriptor) }
        var table: Bytes = []
        while true {
            let count = probe_read(descriptor, &buffer, buffer.count)
            if count < 0 { return Int32(truncatingIfNeeded: count) }
            if count == 0 { break }
            table += buffer[..<count]
            guard table.count <= Self.mostTable else { return -probe_error_too_big }
        }
        for line in table.pieces(separatedBy: 0x0a) {
            // Number, parent, device, root, mount point, and more.
            let fields = line.pieces(separatedBy: 0x20)
            guard fields.count > 4 else { continue }
            let result = visitMount(Self.unescaped(fields[4]))
            guard result == 0 else { return result }
        }
        return 0
    }

    private mutating func visitMount(_ path: Bytes) -> Int32 {
        guard let slash = path.lastIndex(of: 0x2f), slash + 1 < path.count else { return 0 }
        let name = Bytes(path[(slash + 1)...])
        let directory = TreeFacts.open(Bytes(path[..<slash]))
        guard directory >= 0 else { return Self.isOutOfReach(directory) ? 0 : directory }
        defer { _ = probe_close(directory) }
        let isSocket = probe_is_socket_in(directory, name.terminated)
        if isSocket < 0 { return Self.isOutOfReach(isSocket) ? 0 : isSocket }
        return isSocket == 1 ? meet(name, in: directory, path) : 0
    }

    /// Whether a call failed since its path lies below a directory that this user may not pass, or below another mount.
    private static func isOutOfReach(_ error: Int32) -> Bool {
        [-probe_error_access, -probe_error_missing, -probe_error_no_directory, -probe_error_loop].contains(error)
    }

    /// White space and backslashes stand in octal in the kernel's table.
    private static func unescaped(_ text: Bytes) -> Bytes {
        var result: Bytes = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            guard byte == 0x5c, digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) else {
                result.append(byte)
                continue
            }
            result.append(digits.reduce(0) { $0 &* 8 &+ ($1 &- 0x30) })
            rest = rest.dropFirst(3)
        }
        return result
    }

    private mutating func meet(_ name: Bytes, in directory: Int32, _ path: Bytes) -> Int32 {
        guard sockets < Self.mostSockets else { return -probe_error_overflow }
        let entered = probe_enter_directory(directory)
        let result = entered == 0 ? probe_connect_here(name.terminated) : entered
        // It went while it was looked at.
        if result == -probe_error_missing { return 0 }
        var text = result == 0 ? Bytes("ok") : Outcome.name(of: -result)
        text.append(0x20)
        note("socket.", sockets, text + path)
        if probe_is_mount_in(directory, name.terminated) == 1 { note("mount.", sockets, Bytes("1")) }
        sockets += 1
        return 0
    }

    private mutating func enter(_ name: Bytes, in directory: Int32, _ path: Bytes, _ depth: Int) -> Int32 {
        let child = probe_open_directory(directory, name.terminated)
        if child == -probe_error_access {
            guard probe_enter_directory(directory) == 0, probe_may_search_here(name.terminated) != 0 else { return 0 }
            note("unlisted.", Int(unlisted), path)
            unlisted += 1
            return unlisted < UInt64(Self.mostSockets) ? 0 : -probe_error_overflow
        }
        // It went, or became something else, while the walk was on its way.
        guard child >= 0 else { return Self.isOutOfReach(child) ? 0 : child }
        defer { _ = probe_close(child) }
        return walk(child, path: path, depth: depth + 1)
    }

    private mutating func note(_ prefix: StaticString, _ number: Int, _ value: Bytes) {
        outcome.facts.append(Outcome.Fact(name: Bytes(prefix) + Bytes(decimal: UInt64(number)), value: value))
    }
}
