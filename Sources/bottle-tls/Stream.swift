// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#endif

/// A descriptor, read and written without ever waiting.
struct Stream {
    let descriptor: Int32

    enum Reading {
        case bytes([UInt8])
        case nothing
        case end
    }

    /// How much of a file is read: more than all the authorities of the world.
    private static let fileLimit = 8 << 20

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func makeNonBlocking() {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    }

    func read() -> Reading {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { return .bytes(Array(buffer[..<count])) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end
    }

    /// How many bytes were taken; nil when nobody takes any more.
    func write(_ bytes: [UInt8]) -> Int? {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// A whole file; nil when it cannot be read.
    static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        while contents.count < fileLimit {
            switch Stream(descriptor).read() {
            case .bytes(let bytes): contents += bytes
            case .nothing: continue
            case .end: return contents
            }
        }
        return nil
    }
}
