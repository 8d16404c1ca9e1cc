// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where bottles keep what must outlive a process: `<state>/claude-bottle`.
package enum StateDirectory {
    /// The path, of an environment: below `XDG_STATE_HOME` when that is absolute, else `HOME/.local/state`.
    ///
    /// Throws `.usage` when neither is set.
    package static func path(environment: [String: String]) throws(BottleError) -> String {
        // A relative value is invalid by the XDG specification, and ignored.
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/claude-bottle" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw BottleError(
                .usage,
                "Neither HOME nor XDG_STATE_HOME is set to an absolute path; set one to say where state may live.")
        }
        return (home == "/" ? "" : home) + "/.local/state/claude-bottle"
    }

    /// The path for this process's environment, with the directory made, 0700. Throws `.usage` or `.io`.
    package static func make() throws(BottleError) -> String {
        var environment: [String: String] = [:]
        for name in ["HOME", "XDG_STATE_HOME"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        let path = try path(environment: environment)
        try make(path)
        return path
    }

    /// Makes one directory that must not exist yet, private from its first moment on. Throws `.io`.
    package static func makeNew(_ path: String) throws(BottleError) {
        guard mkdir(path, 0o700) == 0 else { throw .io("make the directory \(path)", errno) }
    }

    /// Makes a directory and what is missing above it, all 0700; an existing one must be ours. Throws `.io`.
    package static func make(_ path: String) throws(BottleError) {
        var current = ""
        for component in path.split(separator: "/") {
            current += "/" + component
            guard mkdir(current, 0o700) < 0, errno != EEXIST else { continue }
            let code = errno
            // A read-only or foreign parent refuses even what exists already.
            guard access(current, F_OK) < 0 else { continue }
            throw BottleError(
                .io,
                """
                Cannot make \(current): \(String(cString: strerror(code))); set XDG_STATE_HOME to a directory you may \
                write to.
                """)
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw BottleError(.io, "\(path) is no directory; remove it or choose another with XDG_STATE_HOME.")
        }
        guard status.st_uid == geteuid() else {
            throw BottleError(.io, "\(path) belongs to user \(status.st_uid); remove it or choose another directory.")
        }
        guard status.st_mode & 0o077 == 0 || chmod(path, 0o700) == 0 else {
            throw BottleError(.io, "Cannot make \(path) private: \(String(cString: strerror(errno))).")
        }
    }
}
