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
        /// The same paths as the kernel takes them, without the zero at the end.
        private var rawPaths: [Int32: [CChar]] = [:]
        private var scratch = [CChar](repeating: 0, count: 4096)
        private var buffer = [UInt8](repeating: 0, count: 65_536)

        init(descriptor: Int32) { self.descriptor = descriptor }

        /// Watches a directory; false when that failed, with errno.
        mutating func watch(_ path: String) -> Bool {
            let number = inotify_add_watch(descriptor, path, Self.mask)
            guard number >= 0 else { return false }
            remember(number, path)
            return true
        }

        private static let mask = UInt32(
            IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_CLOSE_WRITE | IN_ONLYDIR | IN_DONT_FOLLOW)
        /// Bytes in front of the name in an event.
        private static let head = 16

        private mutating func remember(_ number: Int32, _ path: String) {
            directories[number] = path
            rawPaths[number] = path.utf8.map { CChar(bitPattern: $0) }
        }

        /// Watches the directories that have appeared, before anything else is made of the events: in the time that it takes
        /// to make a string of a name, the first file of a directory is made as well. One that cannot be watched is tried
        /// again, and told of, by whoever gets its event.
        private mutating func watchArrivals(_ count: Int) {
            let arrival = UInt32(IN_CREATE | IN_MOVED_TO)
            let isDirectory = UInt32(IN_ISDIR)
            var offset = 0
            while offset + Self.head <= count {
                let (number, mask, length) = event(at: offset)
                let name = offset + Self.head
                offset = name + length
                guard mask & isDirectory != 0, mask & arrival != 0, length > 0, let parent = rawPaths[number],
                    parent.count + 1 + length < scratch.count
                else { continue }
                let (buffer, descriptor) = (self.buffer, self.descriptor)
                let added = scratch.withUnsafeMutableBytes { path -> Int32 in
                    path.baseAddress.map { start in
                        parent.withUnsafeBytes { path.copyMemory(from: $0) }
                        path[parent.count] = 0x2f
                        // Names end with zeros in the kernel's buffer.
                        buffer.withUnsafeBytes { bytes in
                            UnsafeMutableRawBufferPointer(rebasing: path[(parent.count + 1)...])
                                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[name..<(name + length)]))
                        }
                        path[parent.count + 1 + length] = 0
                        return inotify_add_watch(
                            descriptor, UnsafePointer(start.assumingMemoryBound(to: CChar.self)), Self.mask)
                    } ?? -1
                }
                if added >= 0 {
                    let bytes = scratch.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                    remember(added, String(decoding: bytes, as: UTF8.self))
                }
            }
        }

        private func event(at offset: Int) -> (number: Int32, mask: UInt32, length: Int) {
            buffer.withUnsafeBytes { bytes in
                (
                    bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self),
                    bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
                    Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
                )
            }
        }

        /// Everything that has happened since the last call, in order.
        mutating func read() -> [Event] {
            var events: [Event] = []
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return events }
                watchArrivals(count)
                var offset = 0
                while offset + Self.head <= count {
                    let (number, mask, length) = event(at: offset)
                    let name = String(
                        decoding: buffer[(offset + Self.head)..<(offset + Self.head + length)].prefix { $0 != 0 },
                        as: UTF8.self)
                    offset += Self.head + length
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
