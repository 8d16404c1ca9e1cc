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
        output = try Self.thread(from: master, to: 1, until: ended.read)
        // Input ends with the process: a thread blocked in read(0) cannot be joined, only left.
        pthread_detach(try Self.thread(from: 0, to: master, until: -1))
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

    private static func passSize(to master: Int32) {
        var size = winsize()
        if ioctl(0, UInt(TIOCGWINSZ), &size) == 0 { _ = ioctl(master, UInt(TIOCSWINSZ), &size) }
    }

    private static func thread(from source: Int32, to sink: Int32, until ended: Int32) throws(BottleError) -> pthread_t
    {
        var thread = pthread_t()
        let work = UnsafeMutablePointer<(Int32, Int32, Int32)>.allocate(capacity: 1)
        work.initialize(to: (source, sink, ended))
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let work = argument?.assumingMemoryBound(to: (Int32, Int32, Int32).self) else { return nil }
                let (source, sink, ended) = work.pointee
                work.deallocate()
                TerminalRelay.copy(from: source, to: sink, until: ended)
                return nil
            }, work)
        guard failure == 0 else {
            work.deallocate()
            throw .io("start a thread", failure)
        }
        return thread
    }

    /// How long the last output may take to come through the terminal, in milliseconds without any and in all.
    ///
    /// A process left behind in the background keeps the terminal open, and may write to it for ever.
    private static let lull: Int32 = 100
    private static let grace = Duration.seconds(1)

    /// Whether there is something to read; false at the end of the process and of its last output.
    private static func awaits(_ source: Int32, _ ended: Int32, _ overtime: inout ContinuousClock.Instant?) -> Bool {
        guard ended >= 0 else { return true }
        while true {
            if let overtime, ContinuousClock.now > overtime { return false }
            var list = [
                pollfd(fd: source, events: Int16(POLLIN), revents: 0),
                pollfd(fd: overtime == nil ? ended : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&list, nfds_t(list.count), overtime == nil ? -1 : lull)
            if ready < 0, errno == EINTR { continue }
            if list[0].revents != 0 { return true }
            guard ready > 0 else { return false }
            overtime = .now + grace
        }
    }

    private static func copy(from source: Int32, to sink: Int32, until ended: Int32) {
        var overtime: ContinuousClock.Instant?
        var buffer = [UInt8](repeating: 0, count: 16384)
        var last: UInt8 = 10
        while awaits(source, ended, &overtime) {
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
