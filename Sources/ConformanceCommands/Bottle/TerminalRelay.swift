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
    private var resized: (any DispatchSourceSignal)?
    private var trap: SignalTrap?

    /// Takes ownership of `master`.
    init(master: Int32) throws(BottleError) {
        self.master = master
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
        output = try Self.thread(from: master, to: 1)
        // Input ends with the process: a thread blocked in read(0) cannot be joined, only left.
        pthread_detach(try Self.thread(from: 0, to: master))
    }

    /// Waits until everything the guest wrote is out, and gives the terminal back as it was.
    func finish() {
        pthread_join(output, nil)
        resized?.cancel()
        if isRaw { tcsetattr(0, TCSANOW, &saved) }
        trap?.cancel()
        close(master)
    }

    private static func passSize(to master: Int32) {
        var size = winsize()
        if ioctl(0, UInt(TIOCGWINSZ), &size) == 0 { _ = ioctl(master, UInt(TIOCSWINSZ), &size) }
    }

    private static func thread(from source: Int32, to sink: Int32) throws(BottleError) -> pthread_t {
        var thread = pthread_t()
        let pair = UnsafeMutablePointer<(Int32, Int32)>.allocate(capacity: 1)
        pair.initialize(to: (source, sink))
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let pair = argument?.assumingMemoryBound(to: (Int32, Int32).self) else { return nil }
                let (source, sink) = pair.pointee
                pair.deallocate()
                TerminalRelay.copy(from: source, to: sink)
                return nil
            }, pair)
        guard failure == 0 else {
            pair.deallocate()
            throw .io("start a thread", failure)
        }
        return thread
    }

    private static func copy(from source: Int32, to sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 16384)
        var last: UInt8 = 10
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // EIO is how a terminal says that its last process is gone.
            guard count > 0 else { break }
            last = buffer[count - 1]
            guard write(buffer.prefix(count), to: sink) else { return }
        }
        guard source == 0 else { return }
        // The end of a file is a character to a terminal, and means it at the start of a line only.
        _ = write(last == 10 ? [4] : [4, 4], to: sink)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to sink: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let size = rest.withUnsafeBytes { systemWrite(sink, $0) }
            if size < 0, errno == EINTR { continue }
            guard size > 0 else { return false }
            rest = rest.dropFirst(size)
        }
        return true
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
