// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The descriptors one thread waits for, by index; poll(2), since a field has some tens of listeners and short connections.
struct PollSet {
    private var entries: [pollfd] = []

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    mutating func add(_ descriptor: Int32, reading: Bool = true, writing: Bool = false) {
        let events = (reading ? Int16(POLLIN) : 0) | (writing ? Int16(POLLOUT) : 0)
        // A negative descriptor keeps its place and is ignored; hang-ups would be reported even without interest.
        entries.append(pollfd(fd: reading || writing ? descriptor : -1, events: events, revents: 0))
    }

    /// Waits for readiness, at most this long; an interrupted wait counts as nothing being ready.
    mutating func wait(_ limit: Duration?) {
        for index in entries.indices { entries[index].revents = 0 }
        // Rounded up, so that a wait never ends just before the deadline it is for.
        let milliseconds = limit.map { Int32(clamping: Int64(max($0, .zero) / .milliseconds(1)) + 1) } ?? -1
        let count = entries.count
        let ready = entries.withUnsafeMutableBufferPointer { poll($0.baseAddress, nfds_t(count), milliseconds) }
        if ready < 0 { for index in entries.indices { entries[index].revents = 0 } }
    }

    func isReadable(_ index: Int) -> Bool { entries[index].revents & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0 }

    func isWritable(_ index: Int) -> Bool {
        entries[index].revents & Int16(POLLOUT | POLLHUP | POLLERR | POLLNVAL) != 0
    }
}
