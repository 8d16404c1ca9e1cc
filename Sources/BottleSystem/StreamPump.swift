// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Glibc

    /// Moves bytes between memory and the streams of one process; blocks, so it runs on a thread of its own.
    struct StreamPump: Sendable {
        /// Why the pump stopped.
        enum Reason: Sendable { case ended, deadline, cancelled }

        struct Collected: Sendable {
            var reason: Reason
            var stdout: [UInt8]
            var stderr: [UInt8]
            var truncated: Bool
        }

        /// Bytes on the wake descriptor.
        static let ended: UInt8 = 1
        static let cancelled: UInt8 = 2

        /// The terminal's own descriptor serves as input and output. -1 is absent.
        let input: Int32
        let output: Int32
        let error: Int32
        let wake: Int32
        let stdin: [UInt8]
        let terminal: Bool
        let end: ContinuousClock.Instant
        /// Bytes kept of each stream.
        let limit: Int
        /// Tells the process that its input is over.
        let closeInput: @Sendable () -> Void

        /// What a pipe can still hold when its writer has ended: the most an unprivileged process may set, 1 MiB.
        private static let remainder = 1 << 20
        /// The kernel passes a terminal's last output on from a queue, a little after its process has ended.
        private static let terminalGrace = Duration.seconds(1)

        func run() -> Collected {
            var work = Work(pump: self)
            while true {
                if let reason = work.step() { return work.collected(reason) }
            }
        }

        private struct Stream {
            var descriptor: Int32
            var bytes: [UInt8] = []
            var readAfterEnd = 0
            var isOpen: Bool { descriptor >= 0 }
        }

        private struct Work {
            let pump: StreamPump
            var streams: [Stream]
            var pendingInput: ArraySlice<UInt8>
            var inputOpen: Bool
            var truncated = false
            var endedAt: ContinuousClock.Instant?
            var chunk = [UInt8](repeating: 0, count: 65536)

            init(pump: StreamPump) {
                self.pump = pump
                streams = [Stream(descriptor: pump.output), Stream(descriptor: pump.error)]
                var typed = pump.stdin
                if pump.terminal {
                    // End-of-file is a character to a terminal, and means it at the start of a line only.
                    if let last = typed.last, last != 10 { typed.append(4) }
                    typed.append(4)
                }
                pendingInput = typed[...]
                inputOpen = pump.input >= 0
            }

            /// One wait and what it brought; a reason when it was the last.
            mutating func step() -> Reason? {
                closeInputIfDone()
                let hadEnded = endedAt != nil
                var list = [pollfd(fd: pump.wake, events: endedAt == nil ? Int16(POLLIN) : 0, revents: 0)]
                for stream in streams { list.append(pollfd(fd: stream.descriptor, events: Int16(POLLIN), revents: 0)) }
                let writes = inputOpen && !pendingInput.isEmpty && endedAt == nil
                list.append(pollfd(fd: writes ? pump.input : -1, events: Int16(POLLOUT), revents: 0))
                let timeout = milliseconds(until: waitEnd)
                let ready = poll(&list, nfds_t(list.count), timeout)
                if ready < 0 { return errno == EINTR ? nil : .deadline }
                if let reason = wakeReason(list[0].revents) { return reason }
                var moved = false
                for index in streams.indices where list[index + 1].revents != 0 { moved = read(index) || moved }
                if writes, list[3].revents != 0 { writeInput() }
                if endedAt == nil { return ContinuousClock.now >= pump.end ? .deadline : nil }
                if streams.allSatisfy({ !$0.isOpen }) { return .ended }
                // Pipes are drained when a look at them after the end finds nothing; a terminal may be late.
                let isOver = pump.terminal ? ContinuousClock.now >= waitEnd : !moved
                return hadEnded && isOver ? .ended : nil
            }

            private var waitEnd: ContinuousClock.Instant {
                guard let endedAt else { return pump.end }
                return pump.terminal ? endedAt + StreamPump.terminalGrace : endedAt
            }

            private func milliseconds(until instant: ContinuousClock.Instant) -> Int32 {
                let left = ContinuousClock.now.duration(to: instant)
                guard left > .zero else { return 0 }
                let whole = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
                return Int32(clamping: whole + 1)
            }

            private mutating func wakeReason(_ events: Int16) -> Reason? {
                guard events != 0, endedAt == nil else { return nil }
                var byte: UInt8 = 0
                guard Glibc.read(pump.wake, &byte, 1) == 1 else { return nil }
                if byte == StreamPump.cancelled { return .cancelled }
                endedAt = .now
                return nil
            }

            /// Whether the stream gave anything that counts as progress.
            private mutating func read(_ index: Int) -> Bool {
                let count = Glibc.read(streams[index].descriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR || errno == EAGAIN { return errno == EINTR }
                guard count > 0 else {
                    // End of file, or EIO from a terminal that nobody has open any more.
                    streams[index].descriptor = -1
                    return true
                }
                let room = pump.limit - streams[index].bytes.count
                streams[index].bytes += chunk.prefix(min(count, max(room, 0)))
                if count > room { truncated = true }
                guard endedAt != nil else { return true }
                streams[index].readAfterEnd += count
                return streams[index].readAfterEnd < StreamPump.remainder
            }

            private mutating func writeInput() {
                let count = pendingInput.withUnsafeBytes { Glibc.write(pump.input, $0.baseAddress, $0.count) }
                if count > 0 {
                    pendingInput = pendingInput.dropFirst(count)
                } else if errno != EAGAIN, errno != EINTR {
                    // Nobody reads it any more.
                    pendingInput = []
                }
            }

            private mutating func closeInputIfDone() {
                guard inputOpen, pendingInput.isEmpty, !pump.terminal else { return }
                inputOpen = false
                pump.closeInput()
            }

            func collected(_ reason: Reason) -> Collected {
                Collected(
                    reason: reason, stdout: streams[0].bytes, stderr: streams[1].bytes, truncated: truncated)
            }
        }
    }
#endif
