// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The few calls of the operating system that the sidecars make themselves.
enum SidecarSystem {
    /// A whole small file; throws `.input` when it cannot be read or is larger than 4 MiB.
    static func readFile(_ path: String) throws(BottleError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BottleError(.input, "\(path): cannot be opened: \(errorText())") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            switch readSome(descriptor) {
            case .bytes(let piece): bytes += piece
            case .end: return bytes
            case .nothingYet: throw BottleError(.input, "\(path): is no file to read a configuration from")
            case .failed: throw BottleError(.input, "\(path): cannot be read: \(errorText())")
            }
            guard bytes.count <= 4 << 20 else { throw BottleError(.input, "\(path): is larger than 4 MiB") }
        }
    }

    /// The permission bits of a file; nil where there is none.
    static func mode(of path: String) -> UInt16? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt16(status.st_mode & 0o7777) : nil
    }

    /// Writes a whole file that only its owner may read; one of that name is replaced, a link is not followed.
    ///
    /// - Throws: `.io`.
    static func writeFile(_ path: String, _ bytes: [UInt8]) throws(BottleError) {
        try put(bytes, to: path, O_TRUNC | O_NOFOLLOW)
    }

    /// Writes a whole file that only its owner may read, and that is not there yet.
    ///
    /// - Throws: `.io`.
    static func writeNewFile(_ path: String, _ bytes: [UInt8]) throws(BottleError) {
        try put(bytes, to: path, O_EXCL)
    }

    private static func put(_ bytes: [UInt8], to path: String, _ flags: Int32) throws(BottleError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw BottleError(.io, "\(path): cannot be written: \(errorText())") }
        defer { close(descriptor) }
        // One that was there keeps its mode, and whoever may read that would read this.
        guard fchmod(descriptor, 0o600) == 0 else {
            throw BottleError(.io, "\(path): cannot be closed to others: \(errorText())")
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BottleError(.io, "\(path): cannot be written: \(errorText())") }
            rest = rest.dropFirst(count)
        }
    }

    /// What one read yields.
    enum Read {
        case bytes(ArraySlice<UInt8>)
        case end
        case nothingYet
        case failed
    }

    /// Up to 64 KiB; blocks only if the descriptor does.
    static func readSome(_ descriptor: Int32) -> Read {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { return .bytes(buffer[..<count]) }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .nothingYet : .failed
        }
    }

    /// Everything until the end of the stream; throws `.timeout` or `.input`.
    static func readToEnd(_ descriptor: Int32, seconds: Double, limit: Int) throws(BottleError) -> [UInt8] {
        let deadline = now() + seconds
        var bytes: [UInt8] = []
        while true {
            var entry = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            guard wait(&entry, until: deadline) else {
                throw BottleError(.timeout, "stdin: no end within \(Int(seconds)) s: write the document and close it")
            }
            switch readSome(descriptor) {
            case .bytes(let piece): bytes += piece
            case .end: return bytes
            case .nothingYet: continue
            case .failed: throw BottleError(.input, "stdin: cannot be read: \(errorText())")
            }
            guard bytes.count <= limit else { throw BottleError(.input, "stdin: more than \(limit) bytes") }
        }
    }

    /// Polls until something is ready or the monotonic `deadline` (seconds) has passed: then false.
    static func wait(_ entries: inout [pollfd], until deadline: Double) -> Bool {
        while true {
            let left = max(0, deadline - now())
            let result = poll(&entries, nfds_t(entries.count), Int32(min(left * 1000 + 0.999, 60_000)))
            if result > 0 { return true }
            if result < 0, errno != EINTR { return false }
            if result == 0, now() >= deadline { return false }
        }
    }

    /// Seconds of the monotonic clock.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A pipe, both ends close-on-exec, the reading end (and on request the writing end) not blocking.
    static func makePipe(nonBlockingWriter: Bool = false) throws(BottleError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw BottleError(.io, "cannot make a pipe: \(errorText())") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        if nonBlockingWriter { _ = fcntl(ends[1], F_SETFL, O_NONBLOCK) }
        return (ends[0], ends[1])
    }

    /// Lifts the soft limit on open files to the hard one and returns it: a proxy holds two for every client.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        limit.rlim_cur = min(limit.rlim_max, 65536)
        _ = setrlimit(resource, &limit)
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        return Int(limit.rlim_cur)
    }

    static func errorText() -> String { String(cString: strerror(errno)) }
}
