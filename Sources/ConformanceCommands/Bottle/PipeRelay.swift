// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Gives a command in a bottle pipes, and copies between them and the caller's own streams until `finish`.
///
/// The caller's descriptors never enter the guest: what runs there could keep the user's terminal and read what is typed
/// after the command has ended, or open a file again with other rights.
final class PipeRelay: Sendable {
    /// The guest's ends of stdin, stdout and stderr; closed here once the holder has them.
    let guestEnds: [Int32]
    private let ownEnds: [Int32]
    private let ended: [Int32]

    /// Makes the pipes.
    init() throws(BottleError) {
        var made: [[Int32]] = []
        for _ in 0..<4 {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else {
                for end in made.joined() { close(end) }
                throw .io("make a pipe", errno)
            }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            made.append(ends)
        }
        guestEnds = [made[0][0], made[1][1], made[2][1]]
        ownEnds = [made[0][1], made[1][0], made[2][0]]
        ended = made[3]
    }

    /// Starts to copy; the threads of the two outputs.
    func start() throws(BottleError) -> [pthread_t] {
        for end in guestEnds { close(end) }
        let input = ownEnds[0]
        // Input ends with the process: a thread blocked in read(0) cannot be joined, only left.
        pthread_detach(try StreamCopy(source: 0, sink: input, atEnd: { _ in close(input) }).start())
        var threads: [pthread_t] = []
        for (source, sink) in [(ownEnds[1], Int32(1)), (ownEnds[2], 2)] {
            threads.append(try StreamCopy(source: source, sink: sink, ended: ended[0]).start())
        }
        return threads
    }

    /// Waits until everything the ended process wrote is out.
    func finish(_ threads: [pthread_t]) {
        close(ended[1])
        for thread in threads { pthread_join(thread, nil) }
        close(ended[0])
        for end in ownEnds[1...] { close(end) }
    }
}
