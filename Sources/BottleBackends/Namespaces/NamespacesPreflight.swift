// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleDriver
import BottleSystem

/// Whether this machine can run the `namespaces` backend, and what to do when it cannot.
package enum NamespacesPreflight {
    /// What the diagnosis looks at; read from the machine, or given by a test.
    struct Clues: Sendable {
        /// Whether the kernel was built with them.
        var hasUserNamespaces = true
        /// `user.max_user_namespaces`; nil where it cannot be read, as in many containers.
        var maxUserNamespaces: Int?
        /// `kernel.unprivileged_userns_clone`, a switch of some distributions.
        var unprivilegedClone: Int?
        /// `kernel.apparmor_restrict_unprivileged_userns`, since Ubuntu 23.10.
        var appArmorRestriction: Int?
        var isInContainer: Bool
        var isRoot: Bool
    }

    /// Tries to build a world, and tells what stands against it; leaves nothing behind.
    package static func check() async -> Status {
        var unmet = missingHelpers()
        var facts: [String: String] = [:]
        if !unmet.contains(where: { $0.id == "helper-bottle-launcher" }) {
            do {
                let world = try await NamespacesWorld.start()
                facts = ["kernel": world.host.identity.kernel, "ids": world.host.identity.mapping.rawValue]
                await world.stop()
            } catch {
                unmet.append(diagnose(error, clues()))
            }
        }
        return Status(unmet: unmet, facts: facts)
    }

    /// The executables that go into a bottle and do not stand beside this program.
    static func missingHelpers() -> [Status.Unmet] {
        ["bottle-launcher", "bottle-bundle", "bottle-probe"].compactMap { name in
            do {
                _ = try HelperExecutable.path(name)
                return nil
            } catch {
                return Status.Unmet(
                    id: "helper-\(name)", message: "The helper \(name) is missing: \(error)",
                    remedy: "Build the whole package with `swift build`, which puts the helpers beside the program.")
            }
        }
    }

    private static func clues() -> Clues {
        Clues(
            hasUserNamespaces: HostFiles.kind(of: "/proc/self/ns/user") != .missing,
            maxUserNamespaces: number("/proc/sys/user/max_user_namespaces"),
            unprivilegedClone: number("/proc/sys/kernel/unprivileged_userns_clone"),
            appArmorRestriction: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            isInContainer: ["/.dockerenv", "/run/.containerenv"].contains { HostFiles.kind(of: $0) != .missing },
            isRoot: HostFiles.isRoot)
    }

    private static func number(_ path: String) -> Int? {
        guard let bytes = HostFiles.contents(of: path, limit: 64) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
    }

    /// The most likely reason for a world that did not come up.
    static func diagnose(_ error: any Error, _ clues: Clues) -> Status.Unmet {
        let id = "user-namespaces"
        guard clues.hasUserNamespaces else {
            return Status.Unmet(
                id: id, message: "This kernel has no user namespaces.",
                remedy: "Use a kernel built with CONFIG_USER_NS.")
        }
        if clues.maxUserNamespaces == 0 {
            return Status.Unmet(
                id: id, message: "User namespaces are switched off (user.max_user_namespaces is 0).",
                remedy: "Run `sysctl -w user.max_user_namespaces=65536` as root.")
        }
        if !clues.isRoot, clues.unprivilegedClone == 0 {
            return Status.Unmet(
                id: id, message: "Users may not make user namespaces (kernel.unprivileged_userns_clone is 0).",
                remedy: "Run `sysctl -w kernel.unprivileged_userns_clone=1` as root.")
        }
        if !clues.isRoot, clues.appArmorRestriction == 1 {
            return Status.Unmet(
                id: id,
                message: "AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1).",
                remedy: "Run `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` as root.")
        }
        if clues.isInContainer {
            return Status.Unmet(
                id: id, message: "This container does not let a program make namespaces: \(error)",
                remedy: """
                    Start it with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`, \
                    or run on the runner's host.
                    """)
        }
        return Status.Unmet(
            id: id, message: "This machine does not let a program make namespaces: \(error)",
            remedy: "See the message for what was refused.")
    }
}
