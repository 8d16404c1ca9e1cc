// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Glibc

    /// The directories that one inotify descriptor watches, and what happened in them.
    struct TreeWatch: Sendable {
        struct Event: Sendable {
            var path: String
            var isDirectory: Bool
            /// It appeared, rather than changed.
            var isArrival: Bool
            var isModeChange: Bool
            /// It was found by looking, not reported by the kernel.
            var isFound = false
        }

        let descriptor: Int32
        /// The kernel dropped events, because nobody took them in time.
        private(set) var hasLost = false
        private var directories: [Int32: String] = [:]
        private var buffer = [UInt8](repeating: 0, count: 65_536)

        init(descriptor: Int32) { self.descriptor = descriptor }

        /// Watches a directory; false when that failed, with errno.
        mutating func watch(_ path: String) -> Bool {
            let mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_CLOSE_WRITE | IN_ONLYDIR | IN_DONT_FOLLOW)
            let number = inotify_add_watch(descriptor, path, mask)
            guard number >= 0 else { return false }
            directories[number] = path
            return true
        }

        /// Everything that has happened since the last call, in order.
        mutating func read() -> [Event] {
            var events: [Event] = []
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return events }
                var offset = 0
                while offset + 16 <= count {
                    let (number, mask, length) = buffer.withUnsafeBytes { bytes in
                        (
                            bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self),
                            bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
                            Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
                        )
                    }
                    let name = String(
                        decoding: buffer[(offset + 16)..<(offset + 16 + length)].prefix { $0 != 0 }, as: UTF8.self)
                    offset += 16 + length
                    if mask & UInt32(IN_Q_OVERFLOW) != 0 { hasLost = true }
                    guard let directory = directories[number], !name.isEmpty else { continue }
                    events.append(
                        Event(
                            path: "\(directory)/\(name)", isDirectory: mask & UInt32(IN_ISDIR) != 0,
                            isArrival: mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0,
                            isModeChange: mask & UInt32(IN_ATTRIB) != 0))
                }
            }
        }

        /// What is in a directory; nothing when it is gone.
        static func names(in path: String) -> [String] {
            guard let stream = opendir(path) else { return [] }
            defer { closedir(stream) }
            var names: [String] = []
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            return names
        }
    }

    /// Small files that may vanish at any moment.
    enum SmallFile {
        /// At least `limit` bytes of a file, or all of it when it is shorter; nil, with errno, when it cannot be read.
        static func read(_ path: String, limit: Int) -> [UInt8]? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 16_384)
            while bytes.count < limit {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return nil }
                guard count > 0 else { break }
                bytes += buffer[..<count]
            }
            return bytes
        }
    }
#endif
