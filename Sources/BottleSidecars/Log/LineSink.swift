// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes whole lines to one descriptor and never blocks its callers.
///
/// A line goes out at once when the reader keeps up, so that a record precedes what it announces. Behind a slow
/// reader lines queue up to a bound; what does not fit is dropped and counted, and the count becomes a line itself.
package final class LineSink: Sendable {
    private struct State {
        var queue: [[UInt8]] = []
        var queuedBytes = 0
        var dropped = 0
        var isDraining = false
        var isBroken = false
    }

    private let descriptor: Int32
    private let daemon: String
    private let capacity: Int
    private let state = Mutex(State())
    private let drainer = DispatchQueue(label: "sidecar.log")
    private let idle = DispatchGroup()

    /// A sink for an open descriptor that stays the caller's; `capacity` is in bytes, `daemon` signs the drop counter.
    package init(descriptor: Int32, daemon: String, capacity: Int = 4 << 20) {
        self.descriptor = descriptor
        self.daemon = daemon
        self.capacity = capacity
    }

    /// Takes a record.
    package func write(_ record: SidecarRecord) { write(line: record.line()) }

    /// Takes one line with its newline.
    package func write(line: [UInt8]) {
        state.withLock { state in
            if state.isBroken { return }
            var rest = line[...]
            if state.queue.isEmpty, !state.isDraining { rest = writeWithoutBlocking(rest) }
            if rest.isEmpty { return }
            guard state.queuedBytes + rest.count <= capacity else {
                state.dropped += 1
                return
            }
            state.queue.append(Array(rest))
            state.queuedBytes += rest.count
            if !state.isDraining {
                state.isDraining = true
                idle.enter()
                drainer.async { self.drain() }
            }
        }
    }

    /// Waits until everything taken is written, at most `seconds`; false when the reader was too slow.
    package func flush(seconds: Double) -> Bool {
        idle.wait(timeout: .now() + seconds) == .success
    }

    /// A pipe that polls writable takes PIPE_BUF bytes without blocking; more than that must go to the drainer.
    private func writeWithoutBlocking(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.count <= 4096 else { return bytes }
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLOUT) != 0 else { return bytes }
        let written = bytes.withUnsafeBytes { Self.systemWrite(descriptor, $0.baseAddress, $0.count) }
        return written > 0 ? bytes.dropFirst(written) : bytes
    }

    private func drain() {
        while true {
            let next: [UInt8]? = state.withLock { state in
                if !state.queue.isEmpty {
                    let batch = state.queue.flatMap { $0 }
                    state.queue.removeAll()
                    state.queuedBytes = 0
                    return batch
                }
                if state.dropped > 0 {
                    let detail = "\(state.dropped) records dropped: the reader of this log is too slow"
                    state.dropped = 0
                    return SidecarRecord(daemon: daemon, event: "dropped", detail: detail).line()
                }
                state.isDraining = false
                return nil
            }
            guard let next else { break }
            if !writeAll(next) {
                state.withLock {
                    $0 = State()
                    $0.isBroken = true
                }
                break
            }
        }
        idle.leave()
    }

    /// False when nobody will ever read again.
    private func writeAll(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Self.systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, 1000)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    private static func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, base, count)
        #else
            Darwin.write(descriptor, base, count)
        #endif
    }
}
