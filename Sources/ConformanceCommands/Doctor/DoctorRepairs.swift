// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What `doctor --fix` may change: three kernel settings and one Debian package, each said aloud.
enum DoctorRepairs {
    /// A program that only the project's own tests use.
    struct Tool: Sendable {
        var name: String
        var package: String
        var use: String

        var isPresent: Bool {
            ["/usr/local/bin", "/usr/bin", "/bin"].contains { access("\($0)/\(name)", X_OK) == 0 }
        }
    }

    static let testTools = [
        Tool(name: "xmllint", package: "libxml2-utils", use: "the tests validate JUnit files with it")
    ]

    /// The kernel settings that keep user namespaces from ordinary users, with the value that allows them.
    private static let settings = [
        ("/proc/sys/user/max_user_namespaces", "0", "15000"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "1"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ]

    /// Puts right what stands in the way; returns one line for each thing done.
    static func apply(to status: Status) throws(BottleError) -> [String] {
        let settings = status.usable ? [] : settings.filter { Self.read($0.0) == $0.1 }
        let tools = testTools.filter { !$0.isPresent }
        guard !settings.isEmpty || !tools.isEmpty else { return ["nothing to put right"] }
        guard geteuid() == 0 else {
            throw BottleError(.prerequisite, "doctor --fix changes the system and needs root; run it with sudo")
        }
        var done: [String] = []
        for (path, _, wanted) in settings {
            try Self.write(wanted, to: path)
            done.append("set \(path) to \(wanted) until the next boot")
        }
        for tool in tools {
            try install(tool.package)
            done.append("installed \(tool.package)")
        }
        return done
    }

    private static func install(_ package: String) throws(BottleError) {
        for arguments in [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", package]] {
            var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
            defer { for pointer in argv { free(pointer) } }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            // stdout is this command's data.
            posix_spawn_file_actions_adddup2(&actions, 2, 1)
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            var child = pid_t()
            let failure = posix_spawnp(&child, "apt-get", &actions, nil, &argv, environ)
            guard failure == 0 else { throw .io("run apt-get; install \(package) by hand", failure) }
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            guard status == 0 else {
                throw BottleError(
                    .prerequisite, "`\(arguments.joined(separator: " "))` failed; its reason stands above")
            }
        }
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let text = String(decoding: buffer.prefix(count), as: UTF8.self)
        return text.split(whereSeparator: \.isWhitespace).first.map(String.init)
    }

    private static func write(_ text: String, to path: String) throws(BottleError) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io("open \(path) for writing", errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw .io("write \(path)", errno)
        }
    }
}
