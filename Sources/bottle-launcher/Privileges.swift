// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Gives up what a process in a sandbox must not have.
enum Privileges {
    /// More than any agent starts, and few enough for the machine.
    private static let processLimit: UInt = 4096

    /// Becomes `user` without groups, capabilities or a way back. With a single id there is nobody else to become.
    static func drop(to user: UInt32, mapping: IdentityMap.Kind) throws(Failure) {
        try check(launcher_drop_bounding(), "user", "drop the capability bounding set")
        if mapping == .range {
            try check(launcher_drop_groups(), "user", "drop groups")
            try check(launcher_set_group(user), "user", "become group " + String(user))
            try check(launcher_set_user(user), "user", "become user " + String(user))
        }
        try check(launcher_drop_capabilities(), "user", "drop capabilities")
        try check(launcher_no_new_privileges(), "user", "give up new privileges")
        _ = launcher_set_dumpable(0)
    }

    /// The limits of a process in a sandbox.
    static func limit() throws(Failure) {
        try check(launcher_limit_core(), "user", "limit core files")
        try check(launcher_limit_processes(processLimit), "user", "limit processes")
    }
}
