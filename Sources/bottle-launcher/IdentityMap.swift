// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Which ids of the caller become ids of the world.
struct IdentityMap {
    enum Kind { case range, single }

    let kind: Kind
    private let users: String
    private let groups: String

    /// How many ids a world of kind `range` has beside its root.
    static let rangeLength: UInt64 = 65535

    /// Chooses for this process: a range when it is root, its own id otherwise.
    ///
    /// The bases lie far above the ids that distributions, subuid files and container engines give out.
    static func forThisProcess() throws(Failure) -> IdentityMap {
        let user = launcher_getuid()
        let group = launcher_getgid()
        guard user == 0 else {
            return IdentityMap(
                kind: .single, users: "0 " + String(user) + " 1\n", groups: "0 " + String(group) + " 1\n")
        }
        let ownUsers = extents("/proc/self/uid_map")
        let ownGroups = extents("/proc/self/gid_map")
        for base in [1_000_000_001, 2_000_000_001, 500_000_001, 100_000_001, 1_000_001] as [UInt64] {
            guard covers(ownUsers, base), covers(ownGroups, base) else { continue }
            let map = "0 0 1\n1 " + String(base) + " " + String(rangeLength) + "\n"
            return IdentityMap(kind: .range, users: map, groups: map)
        }
        throw Failure(
            "no-id-range",
            "this process is root but its user namespace has no 65535 unused high ids, so a guest would share root's")
    }

    /// Writes the map of a process that waits in a new user namespace; the writer must be outside of it.
    func write(process: Int32) throws(Failure) {
        try Self.write(process: process, users: users, groups: groups, denyGroups: kind == .single)
    }

    static func write(process: Int32, users: String, groups: String, denyGroups: Bool) throws(Failure) {
        let directory = "/proc/" + String(process) + "/"
        if denyGroups {
            try check(Files.write(directory + "setgroups", "deny"), "userns-restricted", "deny setgroups")
        }
        try check(Files.write(directory + "uid_map", users), "userns-restricted", "write a user id map")
        try check(Files.write(directory + "gid_map", groups), "userns-restricted", "write a group id map")
    }

    private static func extents(_ path: String) -> [UInt64] { Files.numbers(Files.read(path) ?? []) }

    private static func covers(_ extents: [UInt64], _ base: UInt64) -> Bool {
        var index = 0
        while index + 2 < extents.count {
            if extents[index] <= base && base + rangeLength <= extents[index] + extents[index + 2] { return true }
            index += 3
        }
        return false
    }
}
