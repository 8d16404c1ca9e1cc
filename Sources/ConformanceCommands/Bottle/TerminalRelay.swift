// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Dispatch

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Connects the user's terminal to the master side of a bottle's terminal until `finish`.
///
/// The guest's bytes go to the user's terminal as they are: this is an interactive shell, and what a hostile guest could
/// write there it could also write over any remote shell.
final class TerminalRelay: @unchecked Sendable {
    // `init` sets these before anything else runs; threads and signal handlers only read them.
    private let master: Int32
    private var saved = termios()
    private var isRaw = false
    private var output = pthread_t()
    /// Its write end is closed when the process has ended.
    private let ended: (read: Int32, write: Int32)
    private var resized: (any DispatchSourceSignal)?
    private var trap: SignalTrap?

    /// Takes ownership of `master`.
    init(master: Int32) throws(BottleError) {
        self.master = master
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .io("make a pipe", errno) }
        ended = (ends[0], ends[1])
        if tcgetattr(0, &saved) == 0 {
            var raw = saved
            cfmakeraw(&raw)
            // A terminal left raw is of no use to anybody: a signal must give it back before it ends this process.
            let saved = saved
            trap = SignalTrap { number in
                var former = saved
                tcsetattr(0, TCSANOW, &former)
                _exit(128 + number)
            }
            isRaw = tcsetattr(0, TCSANOW, &raw) == 0
        }
        Self.passSize(to: master)
        let source = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: .global())
        source.setEventHandler { Self.passSize(to: master) }
        source.resume()
        resized = source
        output = try StreamCopy(source: master, sink: 1, ended: ended.read, tail: .terminal).start()
        // Input ends with the process: a thread blocked in read(0) cannot be joined, only left.
        let input = StreamCopy(source: 0, sink: master) { afterLine in
            // The end of a file is a character to a terminal, and means it at the start of a line only.
            _ = StreamCopy.write(afterLine ? [4] : [4, 4], to: master)
        }
        pthread_detach(try input.start())
    }

    /// Waits until everything the ended process wrote is out, and gives the terminal back as it was.
    func finish() {
        close(ended.write)
        pthread_join(output, nil)
        close(ended.read)
        resized?.cancel()
        if isRaw { tcsetattr(0, TCSANOW, &saved) }
        trap?.cancel()
        close(master)
    }

    /// The size of the user's terminal, or the usual one when stdin is none.
    static func size() -> TerminalSize {
        var size = winsize()
        guard ioctl(0, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return TerminalSize() }
        return TerminalSize(rows: size.ws_row, columns: size.ws_col)
    }

    private static func passSize(to master: Int32) {
        var size = winsize()
        if ioctl(0, UInt(TIOCGWINSZ), &size) == 0 { _ = ioctl(master, UInt(TIOCSWINSZ), &size) }
    }
}
