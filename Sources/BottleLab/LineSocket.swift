// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// A local socket on which both sides say lines of JSON; the emulator's monitor and the agent in the lab have one each.
final class LineSocket: Sendable {
    private struct State {
        var descriptor: Int32
        var buffer: [UInt8] = []
    }

    /// More than any answer that is asked for.
    private static let lineLimit = 64 << 20
    private let name: String
    private let state: Mutex<State>

    private init(_ name: String, _ descriptor: Int32) {
        self.name = name
        state = Mutex(State(descriptor: descriptor))
    }

    deinit { state.withLock { _ = close($0.descriptor) } }

    /// Connects as soon as somebody listens at a path. Blocks.
    ///
    /// - Parameters:
    ///   - name: Who is there, for messages.
    ///   - isAlive: Whether it is worth while to wait for a listener.
    /// - Throws: `.timeout` when nobody has listened by then, `.transport` when nobody will.
    static func connect(
        _ name: String, _ path: String, until end: ContinuousClock.Instant, isAlive: () -> Bool
    ) throws(BottleError) -> LineSocket {
        while true {
            if let descriptor = try open(path) { return LineSocket(name, descriptor) }
            guard isAlive() else { throw BottleError(.transport, "The \(name) ended before it listened.") }
            guard ContinuousClock.now < end else { throw BottleError(.timeout, "The \(name) did not listen in time.") }
            poll(nil, 0, 5)
        }
    }

    /// A connected local socket; nil where nobody listens yet.
    ///
    /// - Throws: `.input` for a path that is too long for one, `.io`.
    static func open(_ path: String) throws(BottleError) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw BottleError(.input, "The socket \(path) has too long a path; set TMPDIR to a shorter directory.")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .io("make a local socket", errno) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return descriptor }
        let code = errno
        Glibc.close(descriptor)
        guard [ENOENT, ECONNREFUSED, EAGAIN, EINTR].contains(code) else { throw .io("connect to \(path)", code) }
        return nil
    }

    /// Says a line, whole. Blocks as long as the other side does not read.
    ///
    /// - Throws: `.transport` when the other side is gone.
    func send(_ line: [UInt8]) throws(BottleError) {
        let code = state.withLock { state -> Int32 in
            var rest = (line + [UInt8(ascii: "\n")])[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(state.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                rest = rest.dropFirst(count)
            }
            return 0
        }
        guard code == 0 else {
            throw BottleError(.transport, "The \(name) is gone.", cause: BottleError.io("send", code))
        }
    }

    /// The next line. Blocks until it is there.
    ///
    /// - Throws: `.timeout`, and `.transport` when the other side is gone.
    func receive(until end: ContinuousClock.Instant) throws(BottleError) -> [UInt8] {
        try state.withLock { state throws(BottleError) in
            while true {
                if let newline = state.buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Array(state.buffer[..<newline])
                    state.buffer.removeSubrange(...newline)
                    return line
                }
                let rest = (end - ContinuousClock.now) / .milliseconds(1)
                guard rest > 0 else { throw BottleError(.timeout, "The \(name) did not answer in time.") }
                var waiter = pollfd(fd: state.descriptor, events: Int16(POLLIN), revents: 0)
                poll(&waiter, 1, Int32(min(rest + 1, 60_000)))
                guard waiter.revents != 0 else { continue }
                var chunk = [UInt8](repeating: 0, count: 64 << 10)
                let count = recv(state.descriptor, &chunk, chunk.count, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0, state.buffer.count < Self.lineLimit else {
                    throw BottleError(.transport, "The \(name) is gone.")
                }
                state.buffer += chunk.prefix(count)
            }
        }
    }
}
