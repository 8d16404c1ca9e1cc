// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The user's terminal, raw for as long as it is connected to a lab's serial line.
///
/// The lab's bytes go to the terminal as they are, as those of any remote shell do.
final class LabTerminal: Sendable {
    /// The byte of ^], by which the user leaves.
    private static let leave: UInt8 = 0x1d
    /// Milliseconds that are waited for what the shell said last.
    private static let lull: Int32 = 100

    private let line: Int32
    private let saved: termios
    /// Its write end is closed when there is nothing more to wait for.
    private let ended: (read: Int32, write: Int32)

    /// Makes the terminal raw.
    ///
    /// - Parameter line: The connected serial line, which stays the caller's.
    /// - Throws: `.usage` when stdin is no terminal.
    init(line: Int32) throws(BottleError) {
        self.line = line
        var saved = termios()
        guard tcgetattr(0, &saved) == 0 else {
            throw BottleError(.usage, "lab shell needs a terminal on stdin; for a command there is lab run.")
        }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .io("make a pipe", errno) }
        self.saved = saved
        ended = (ends[0], ends[1])
        var raw = saved
        cfmakeraw(&raw)
        tcsetattr(0, TCSANOW, &raw)
    }

    /// Copies both ways until the user leaves, a side is gone, or `end` was called.
    func copy() async { await DedicatedThread.run("lab-terminal") { self.relay() } }

    /// Ends `copy`, once what is still coming has come.
    func end() { close(ended.write) }

    /// Gives the terminal back as it was; after `copy`.
    func restore() {
        var former = saved
        tcsetattr(0, TCSANOW, &former)
        close(ended.read)
    }

    private func relay() {
        var isEnding = false
        var hasInput = true
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            var list = [
                pollfd(fd: line, events: Int16(POLLIN), revents: 0),
                pollfd(fd: hasInput && !isEnding ? 0 : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isEnding ? -1 : ended.read, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&list, nfds_t(list.count), isEnding ? Self.lull : -1)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return }
            if list[2].revents != 0 { isEnding = true }
            if list[0].revents != 0 {
                let count = read(line, &buffer, buffer.count)
                guard count > 0 else { return }
                guard StreamCopy.write(buffer.prefix(count), to: 1) else { return }
            }
            if list[1].revents != 0 {
                let count = read(0, &buffer, buffer.count)
                guard count > 0 else {
                    // The end of a terminal, which is not the end of what the shell says.
                    hasInput = false
                    continue
                }
                let typed = buffer.prefix(count)
                let kept = typed.firstIndex(of: Self.leave).map { typed[..<$0] } ?? typed
                guard StreamCopy.write(kept, to: line), kept.count == typed.count else { return }
            }
        }
    }
}
