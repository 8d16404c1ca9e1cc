// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Glibc

    /// Reads the command lines of all processes, round after round, into one buffer.
    struct CommandLines: ~Copyable {
        /// A process that will not be mistaken for another: the kernel numbers the directories of `/proc` anew.
        private struct Identity: Hashable {
            let pid: Int32
            let inode: UInt64
        }

        /// A thread of the kernel becomes a program in rare cases, so that what is known of it holds for so many rounds.
        private static let validity = 100
        private static let limit = 1 << 20
        private static let isKernelThread: UInt32 = 0x0020_0000

        private let directory: OpaquePointer
        private var buffer = [UInt8](repeating: 0, count: 16_384)
        private var path = [CChar](repeating: 0, count: 64)
        /// They have no command line and are most of the processes of a small machine.
        private var kernelThreads: Set<Identity> = []
        private var rounds = 0

        /// Fails where there is no `/proc`.
        init?() {
            guard let directory = opendir("/proc") else { return nil }
            self.directory = directory
        }

        deinit { closedir(directory) }

        /// Hands over the command line of every process that has one, its arguments each ended by a zero.
        mutating func read(_ look: (UnsafeBufferPointer<UInt8>) -> Void) {
            if rounds % Self.validity == 0 { kernelThreads = [] }
            rounds += 1
            rewinddir(directory)
            while let entry = readdir(directory) {
                guard let pid = setPath(entry) else { continue }
                let identity = Identity(pid: pid, inode: UInt64(entry.pointee.d_ino))
                if kernelThreads.contains(identity) { continue }
                let count = contents("/cmdline")
                if count > 0 {
                    buffer.withUnsafeBufferPointer { look(UnsafeBufferPointer(rebasing: $0[..<count])) }
                } else if count == 0, isOfKernel() {
                    kernelThreads.insert(identity)
                }
            }
        }

        /// Takes the name of an entry for the beginning of the path; nil when it is none of a process.
        private mutating func setPath(_ entry: UnsafeMutablePointer<dirent>) -> Int32? {
            withUnsafeBytes(of: &entry.pointee.d_name) { name in
                var (pid, length) = (Int32(0), 0)
                while length < 9, (0x30...0x39).contains(name[length]) {
                    pid = pid * 10 + Int32(name[length] - 0x30)
                    path[length] = CChar(bitPattern: name[length])
                    length += 1
                }
                guard length > 0, name[length] == 0 else { return nil }
                path[length] = 0
                return pid
            }
        }

        /// Reads a file of the process into the buffer; its length, or -1 when it cannot be read.
        private mutating func contents(_ file: StaticString) -> Int {
            var end = 0
            while path[end] != 0 { end += 1 }
            defer { path[end] = 0 }
            file.withUTF8Buffer { bytes in
                for (index, byte) in bytes.enumerated() { path[end + index] = CChar(bitPattern: byte) }
                path[end + bytes.count] = 0
            }
            let descriptor = openat(dirfd(directory), path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { return -1 }
            defer { close(descriptor) }
            var length = 0
            while length < Self.limit {
                if length == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
                let count = buffer.withUnsafeMutableBytes { bytes in
                    Glibc.read(
                        descriptor, UnsafeMutableRawBufferPointer(rebasing: bytes[length...]).baseAddress,
                        bytes.count - length)
                }
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return -1 }
                guard count > 0 else { break }
                length += count
            }
            return length
        }

        /// Whether the process is a thread of the kernel: an empty command line is also that of one that ends or begins.
        private mutating func isOfKernel() -> Bool {
            let count = contents("/stat")
            guard count > 0 else { return false }
            return Self.isOfKernel(stat: buffer[..<count])
        }

        /// - Parameter stat: `PID (NAME) STATE PARENT GROUP SESSION TERMINAL FOREGROUND FLAGS ...`.
        static func isOfKernel(stat: ArraySlice<UInt8>) -> Bool {
            guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return false }
            let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 7)
            guard fields.count > 6, let flags = UInt32(String(decoding: fields[6], as: UTF8.self)) else { return false }
            return flags & isKernelThread != 0
        }
    }
#endif
