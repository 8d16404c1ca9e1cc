// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// The environment of one exec, as the kernel takes it.
enum ExecEnvironment {
    /// Where programs are looked for when nobody says otherwise.
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The variables of a process in a guest: the user's own, over them the bottle's, over those the request's.
    static func guest(
        bottle: [String: String], root: Bool, tty: Bool, request: [String: String]
    ) -> [String: String] {
        let user = root ? "root" : Contract.agentUser
        var base = [
            "HOME": root ? "/root" : Contract.agentHome, "USER": user, "LOGNAME": user,
            "SHELL": "/bin/sh", "PATH": path,
        ]
        if tty { base["TERM"] = "xterm-256color" }
        return base.merging(bottle) { _, new in new }.merging(request) { _, new in new }
    }

    /// The variables of a process in a bundle: the bottle's belong to the guest alone.
    static func bundle(request: [String: String]) -> [String: String] {
        ["HOME": "/", "PATH": path].merging(request) { _, new in new }
    }

    /// `NAME=value`, sorted.
    ///
    /// - Throws: `.usage` for a name or a value that the kernel would read as something else.
    static func lines(_ environment: [String: String]) throws(BottleError) -> [String] {
        var lines: [String] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) else {
                throw BottleError(.usage, "The environment variable \(Quoted(name)) has no usable name.")
            }
            guard !value.utf8.contains(0) else {
                throw BottleError(.usage, "The value of the environment variable \(name) contains a NUL byte.")
            }
            lines.append("\(name)=\(value)")
        }
        return lines
    }
}
