// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A thread that copies bytes from one descriptor to another until the source ends or the process behind it does.
struct StreamCopy: Sendable {
    /// What may still come when the process is gone: something it left in the background keeps its streams open, and
    /// may write to them for ever.
    struct Tail: Sendable {
        /// Milliseconds without any output after which the copy ends.
        var lull: Int32
        /// The most that is copied then, in bytes.
        var limit: Int
        /// How long the copy may go on then, where what comes late is not all there from the start.
        var grace: Duration?

        /// A terminal hands its last output on in its own time.
        static let terminal = Tail(lull: 100, limit: 1 << 20, grace: .seconds(1))
        /// What was written to a pipe is in it, and that is at most what a pipe holds.
        static let pipe = Tail(lull: 0, limit: 1 << 20)
    }

    let source: Int32
    let sink: Int32
    /// Becomes readable when the process has ended; -1 for a copy that only the source's end ends.
    var ended: Int32 = -1
    var tail = Tail.pipe
    /// Called on the copying thread at the source's end, with whether the last byte ended a line.
    var atEnd: @Sendable (_ afterLine: Bool) -> Void = { _ in }

    /// Starts the thread; the caller joins or detaches it.
    func start() throws(BottleError) -> pthread_t {
        var thread = pthread_t()
        let work = UnsafeMutablePointer<StreamCopy>.allocate(capacity: 1)
        work.initialize(to: self)
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let work = argument?.assumingMemoryBound(to: StreamCopy.self) else { return nil }
                let copy = work.move()
                work.deallocate()
                copy.run()
                return nil
            }, work)
        guard failure == 0 else {
            work.deinitialize(count: 1)
            work.deallocate()
            throw .io("start a thread", failure)
        }
        return thread
    }

    private func run() {
        var left: Int?
        var deadline: ContinuousClock.Instant?
        var afterLine = true
        var buffer = [UInt8](repeating: 0, count: 16384)
        while awaits(&left, &deadline) {
            let count = read(source, &buffer, min(buffer.count, left ?? buffer.count))
            if count < 0, errno == EINTR { continue }
            // EIO is how a terminal says that its last process is gone.
            guard count > 0 else { break }
            afterLine = buffer[count - 1] == UInt8(ascii: "\n")
            if let rest = left { left = rest - count }
            guard Self.write(buffer.prefix(count), to: sink) else { return }
        }
        atEnd(afterLine)
    }

    /// Whether there is something to read; false at the end of the process and of its last output.
    ///
    /// - Parameter left: bytes that may still be copied once the process has ended; nil before that.
    private func awaits(_ left: inout Int?, _ deadline: inout ContinuousClock.Instant?) -> Bool {
        guard ended >= 0 else { return true }
        while true {
            if let left, left <= 0 { return false }
            if let deadline, ContinuousClock.now > deadline { return false }
            var list = [
                pollfd(fd: source, events: Int16(POLLIN), revents: 0),
                pollfd(fd: left == nil ? ended : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&list, nfds_t(list.count), left == nil ? -1 : tail.lull)
            if ready < 0, errno == EINTR { continue }
            if list[0].revents != 0 { return true }
            guard ready > 0 else { return false }
            left = tail.limit
            deadline = tail.grace.map { .now + $0 }
        }
    }

    /// Writes all bytes; false when the sink takes no more.
    static func write(_ bytes: ArraySlice<UInt8>, to sink: Int32) -> Bool {
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
