// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import ConformanceEngine
    import Glibc

    /// What a watcher must see to be believed: the same offences, committed by the harness in a corner of its own.
    struct Decoys: Sendable {
        let directory: String
        let needles: Needles
        private let secret: String

        init(directory: String) {
            self.directory = directory
            secret = TrialScene.letters(40)
            needles = Needles(secret)
        }

        /// The directory's name, and that of the secret.
        static let name = "decoys"

        func prepare() throws(BottleError) {
            guard mkdir(directory, 0o700) == 0 else { throw .io("make \(directory)", errno) }
        }

        /// Commits the offences; `look` returns when the watcher has had a look.
        func show(_ look: () async -> Void) async throws {
            // A file that is open at first and closed later, in a directory that appears as suddenly as a bottle's.
            guard mkdir("\(directory)/sub", 0o700) == 0 else { throw BottleError.io("make a decoy", errno) }
            try write(Array(secret.utf8), to: "\(directory)/sub/open", mode: 0o644)
            await look()
            chmod("\(directory)/sub/open", 0o600)
            await look()
            try await process(look)
        }

        /// Which decoys were seen.
        func seen(by watch: HostWatch) -> [String: Bool] {
            let sighting = watch.sightings(below: Self.name).first { $0.path == "sub/open" }
            let content = SmallFile.read("\(directory)/sub/open", limit: 4096) ?? []
            return [
                "argv": !watch.leaks(of: Self.name).isEmpty,
                "content": FileScan.files(below: directory).contains("\(directory)/sub/open")
                    && needles.encoding(in: content) != nil,
                "mode": sighting?.modes.contains(0o644) == true && (sighting?.modeChanges ?? 0) > 0,
                "text": needles.samples.allSatisfy {
                    needles.encoding(in: Array("before ".utf8) + $0.bytes + Array(" after".utf8)) != nil
                },
            ]
        }

        /// A process with the secret on its command line, which ends when its input does.
        private func process(_ look: () async -> Void) async throws {
            let input = try makePipe()
            let output: (begin: Int32, end: Int32)
            do {
                output = try makePipe()
            } catch {
                for end in [input.begin, input.end] { close(end) }
                throw error
            }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, input.end, 0)
            posix_spawn_file_actions_adddup2(&actions, output.begin, 1)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
            let arguments = ["sh", "-c", "echo up; read -r line", secret]
            var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
            defer { for pointer in argv { free(pointer) } }
            var child = pid_t()
            let failure = posix_spawn(&child, "/bin/sh", &actions, nil, &argv, [nil])
            close(input.end)
            close(output.begin)
            defer { close(output.end) }
            guard failure == 0 else {
                close(input.begin)
                throw BottleError.io("start a decoy process", failure)
            }
            // It is there before it has a command line: a machine that is busy leaves it so for longer than a look takes.
            var waiter = pollfd(fd: output.end, events: Int16(POLLIN), revents: 0)
            let isUp = poll(&waiter, 1, 10_000) == 1
            if isUp { await look() }
            close(input.begin)
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            guard isUp else { throw BottleError(.timeout, "A decoy process did not begin within 10 s.") }
        }

        /// What is written to its begin is read at its end; no other process holds either.
        private func makePipe() throws(BottleError) -> (begin: Int32, end: Int32) {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw .io("make a pipe", errno) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[1], ends[0])
        }

        private func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(BottleError) {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            guard descriptor >= 0 else { throw .io("write a decoy", errno) }
            defer { close(descriptor) }
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw .io("write a decoy", errno) }
        }
    }
#endif
