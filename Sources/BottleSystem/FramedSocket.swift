// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import CBottleShims

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One side of a local stream socket that carries length-prefixed messages, each with up to three descriptors.
///
/// `bottle up` serves one and `bottle exec`, `shell` and `down` connect to it; both ends are ours and the socket's
/// directory is 0700, but frames are bounded and parsed as if they were not. Every call blocks: use `Offload`.
package struct FramedSocket: Sendable {
    /// A message and the descriptors that came with it; the receiver owns them.
    package struct Frame: Sendable {
        package var bytes: [UInt8]
        package var descriptors: [Int32]
        package init(bytes: [UInt8], descriptors: [Int32] = []) {
            self.bytes = bytes
            self.descriptors = descriptors
        }
    }

    /// The largest message, in bytes.
    package static let limit = 1 << 20

    private let descriptor: Int32

    /// Takes ownership of a connected stream socket.
    package init(owning descriptor: Int32) { self.descriptor = descriptor }

    /// Listens on a socket file in `directory`; the path is reached through the directory's descriptor, so that it may be
    /// longer than a socket address holds.
    ///
    /// - Returns: the listening descriptor, owned by the caller.
    package static func listen(directory: String, name: String) throws(BottleError) -> Int32 {
        try withAddress(directory: directory, name: name) { (address, length, path) throws(BottleError) in
            let descriptor = try open()
            unlink(path)
            guard bind(descriptor, address, length) == 0, Glibc.listen(descriptor, 16) == 0 else {
                let failure = errno
                _ = Glibc.close(descriptor)
                throw .io("listen on \(directory)/\(name)", failure)
            }
            return descriptor
        }
    }

    /// Connects to the socket file `name` in `directory`; `.notFound` when nobody listens there.
    package static func connect(directory: String, name: String) throws(BottleError) -> FramedSocket {
        try withAddress(directory: directory, name: name) { (address, length, _) throws(BottleError) in
            let descriptor = try open()
            guard Glibc.connect(descriptor, address, length) == 0 else {
                let failure = errno
                _ = Glibc.close(descriptor)
                if failure == ENOENT || failure == ECONNREFUSED {
                    throw BottleError(.notFound, "nothing listens on \(directory)/\(name)")
                }
                throw .io("connect to \(directory)/\(name)", failure)
            }
            return FramedSocket(owning: descriptor)
        }
    }

    /// Waits for a client of a listening descriptor; nil once the descriptor was shut down.
    package static func accept(_ listener: Int32) -> FramedSocket? {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client >= 0 {
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                return FramedSocket(owning: client)
            }
            if errno != EINTR, errno != ECONNABORTED { return nil }
        }
    }

    /// Sends a message; its descriptors stay the caller's.
    package func send(_ frame: Frame) throws(BottleError) {
        var message = withUnsafeBytes(of: UInt32(frame.bytes.count).littleEndian) { Array($0) } + frame.bytes
        var descriptors = frame.descriptors
        while !message.isEmpty {
            let count = message.withUnsafeBytes {
                launcher_send(descriptor, $0.baseAddress, $0.count, descriptors, Int32(descriptors.count))
            }
            guard count > 0 else { throw .io("send to the other end", Int32(-count)) }
            message.removeFirst(count)
            // They travel with the first bytes.
            descriptors = []
        }
    }

    /// The next message; nil when the other end has closed.
    package func receive() throws(BottleError) -> Frame? {
        var descriptors: [Int32] = []
        guard let head = try read(4, into: &descriptors) else { return nil }
        let size = head.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
        guard size <= Self.limit else {
            throw BottleError(.transport, "a message of \(size) bytes came in; at most \(Self.limit) are taken")
        }
        guard let bytes = try read(size, into: &descriptors) else {
            throw BottleError(.transport, "the other end closed in the middle of a message")
        }
        return Frame(bytes: bytes, descriptors: descriptors)
    }

    /// Makes a `receive` that goes on in another thread return nil, as do later ones; messages can still be sent.
    package func stopReceiving() { _ = shutdown(descriptor, Int32(SHUT_RD)) }

    /// Ends the connection; the other end's `receive` returns nil.
    package func close() { _ = Glibc.close(descriptor) }

    private func read(_ count: Int, into descriptors: inout [Int32]) throws(BottleError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            var received = [Int32](repeating: -1, count: Int(launcher_descriptor_limit))
            var number: Int32 = 0
            let size = chunk.withUnsafeMutableBytes {
                launcher_receive(descriptor, $0.baseAddress, $0.count, &received, &number)
            }
            descriptors += received.prefix(Int(number))
            guard size >= 0 else { throw .io("receive from the other end", Int32(-size)) }
            guard size > 0 else { return nil }
            bytes += chunk.prefix(size)
        }
        return bytes
    }

    private static func open() throws(BottleError) -> Int32 {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .io("make a local socket", errno) }
        return descriptor
    }

    private static func withAddress<Result>(
        directory: String, name: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t, String) throws(BottleError) -> Result
    ) throws(BottleError) -> Result {
        let handle = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else {
            if errno == ENOENT { throw BottleError(.notFound, "there is no \(directory)") }
            throw .io("open \(directory)", errno)
        }
        defer { _ = Glibc.close(handle) }
        let path = "/proc/self/fd/\(handle)/\(name)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw BottleError(.input, "the socket name \(name) is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        var outcome: Swift.Result<Result, BottleError>?
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                do throws(BottleError) {
                    outcome = .success(try body(generic, socklen_t(MemoryLayout<sockaddr_un>.size), path))
                } catch {
                    outcome = .failure(error)
                }
            }
        }
        guard let outcome else { throw BottleError(.internalFault, "the socket address was never used") }
        return try outcome.get()
    }
}

extension BottleError {
    /// A system call that failed: what was tried, and the system's own words.
    package static func io(_ operation: String, _ number: Int32) -> BottleError {
        BottleError(.io, "cannot \(operation): \(String(cString: strerror(number)))")
    }
}
