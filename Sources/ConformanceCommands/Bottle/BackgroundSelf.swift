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

    /// Seconds until a bottle must be up; the launch has shorter deadlines of its own.
    private static let patience = 60

    /// Starts `arguments of this process + adding`; returns when the first line it prints is `line`.
    ///
    /// What the child says on stderr until then is passed on. Nothing of the caller's is held by the child: its streams
    /// are pipes to this process, every other descriptor is closed. A child that ends early is an error.
    static func start(adding: [String], waitingFor line: String) async throws {
        try await Offload.run { try spawn(CommandLine.arguments + adding, line) }
    }

    private static func spawn(_ arguments: [String], _ line: String) throws(BottleError) {
        let output = try makePipe()
        defer { close(output.read) }
        let complaints: (read: Int32, write: Int32)
        do throws(BottleError) {
            complaints = try makePipe()
        } catch {
            close(output.write)
            throw error
        }
        defer { close(complaints.read) }
        let started = start(arguments, output: output.write, complaints: complaints.write)
        close(output.write)
        close(complaints.write)
        let child = try started.get()
        let answer = firstLine(output: output.read, complaints: complaints.read)
        guard answer == line else {
            // It has ended, or is not what it should be.
            kill(child, SIGKILL)
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            let reason = answer == nil ? "it took more than \(patience) s" : "the reason stands above"
            throw BottleError(.launch, "the bottle did not come up; \(reason)")
        }
    }

    private static func makePipe() throws(BottleError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .io("make a pipe", errno) }
        return (ends[0], ends[1])
    }

    private static func start(
        _ arguments: [String], output: Int32, complaints: Int32
    ) -> Result<pid_t, BottleError> {
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_init(&actions)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        // A session of its own: Ctrl-C in this terminal is not meant for it, nor is the terminal's end.
        posix_spawnattr_setflags(&attributes, Self.newSession)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, complaints, 2)
        keepToOurselves()
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        var child = pid_t()
        let failure = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, &argv, environ)
        guard failure == 0 else { return .failure(.io("start the process that holds the bottle", failure)) }
        return .success(child)
    }

    /// A descriptor that a caller left open, a lock or the pipe of a log, would live as long as the bottle.
    private static func keepToOurselves() {
        for descriptor in 3..<Int32(clamping: max(3, min(sysconf(Int32(_SC_OPEN_MAX)), 65536))) {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    /// The child's first line, what came of it when it ended early, or nil after the deadline; copies stderr meanwhile.
    private static func firstLine(output: Int32, complaints: Int32) -> String? {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(patience)
        var line: [UInt8] = []
        var open = [output, complaints]
        var buffer = [UInt8](repeating: 0, count: 4096)
        while open.contains(where: { $0 >= 0 }) {
            var waiting = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard clock.now < deadline else { return nil }
            guard poll(&waiting, nfds_t(waiting.count), 1000) > 0 else { continue }
            // Complaints first: they belong to the line, or to its absence, that follows.
            for index in [1, 0] where waiting[index].revents != 0 {
                let count = read(open[index], &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    open[index] = -1
                    continue
                }
                let text = buffer.prefix(count)
                if index == 1 {
                    Console.raw(String(decoding: text, as: UTF8.self), to: 2)
                } else {
                    line += text
                    if let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                        return String(decoding: line[..<end], as: UTF8.self)
                    }
                }
            }
        }
        return String(decoding: line, as: UTF8.self)
    }
}
