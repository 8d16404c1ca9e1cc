// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What the launcher says it could not do: the cause of the `BottleError` that a failed operation throws.
package struct LauncherFailure: Error, Hashable, CustomStringConvertible {
    /// A stable name, for example `userns-disabled`, `userns-restricted`, `mount-proc`, `exec`, `netlink`, `not-found`.
    package let id: String
    /// One sentence, with the name of the errno at its end.
    package let text: String

    package init(id: String, text: String) {
        self.id = id
        self.text = text
    }

    package var description: String { "\(id): \(text)" }

    /// The name of the errno, for example `ENOENT`, when the failure is one of a system call.
    package var errorName: String? {
        guard let last = text.split(separator: " ").last, last.first == "E",
            last.allSatisfy({ $0.isUppercase || $0.isNumber })
        else { return nil }
        return String(last)
    }

    /// One sentence: what to do about it; nil where the failure itself says all there is.
    package var remedy: String? {
        switch id {
        case "userns-disabled":
            "Allow user namespaces: sysctl user.max_user_namespaces, user.max_net_namespaces and their like must not "
                + "be 0, kernel.unprivileged_userns_clone must be 1 where it exists, and in a container its seccomp "
                + "profile must allow unshare."
        case "userns-restricted":
            "Unconfine this program: sysctl kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu, or run as root; "
                + "in a container its seccomp and AppArmor profiles must allow namespaces."
        case "mount-proc":
            "Run where /proc is not masked: in a container start it with --security-opt systempaths=unconfined."
        case "no-id-range": "Run as an ordinary user, or as root in a user namespace with more ids."
        case "old-kernel": "Use Linux 5.12 or later."
        default: nil
        }
    }

    /// The error of an operation that failed this way.
    package var error: BottleError {
        let code: BottleError.Code =
            switch id {
            case "userns-disabled", "userns-restricted", "mount-proc", "no-id-range", "old-kernel": .prerequisite
            case "exec", "directory", "user", "terminal", "mount", "seccomp": .launch
            case "not-found": .notFound
            case "timeout": .timeout
            case "invalid": .input
            case "protocol": .internalFault
            default: .io
            }
        let sentence = text.hasSuffix(".") ? text : text + "."
        let message = sentence.prefix(1).uppercased() + sentence.dropFirst() + (remedy.map { " " + $0 } ?? "")
        return BottleError(code, message, cause: self)
    }
}
