// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs this very command line again as a session of its own, and returns once that one says it is ready.
enum BackgroundSelf {
    /// POSIX_SPAWN_SETSID, an extension that Swift's view of the C library lacks.
    #if canImport(Glibc)
        private static let newSession: Int16 = 0x80
    #else
        private static let newSession: Int16 = 0x400
    #endif

    /// Starts `arguments of this process + adding`; returns the first line it prints, which must be `line`.
    ///
    /// What the child says on stderr until then is the user's to read, and is passed on; a child that ends early is an
    /// error with its exit code.
    static func start(adding: [String], waitingFor line: String) async throws -> String {
        try await Offload.run { try spawn(CommandLine.arguments + adding, line) }
    }

    private static func spawn(_ arguments: [String], _ line: String) throws(BottleError) -> String {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .io("make a pipe", errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_init(&actions)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
            close(ends[0])
        }
        // A session of its own: Ctrl-C in this terminal is not meant for it, nor is the terminal's end.
        posix_spawnattr_setflags(&attributes, Self.newSession)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        var child = pid_t()
        let failure = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, &argv, environ)
        close(ends[1])
        guard failure == 0 else { throw .io("start the process that holds the bottle", failure) }
        let answer = firstLine(of: ends[0])
        guard answer == line else {
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            throw BottleError(.launch, "the bottle did not come up; the reason stands above")
        }
        return line
    }

    private static func firstLine(of descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < 4096 {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
