// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Glibc

    /// The processes that descend from one, as the kernel lists them.
    enum ProcessTree {
        struct Member: Sendable, Hashable {
            let pid: Int32
            let parent: Int32
            /// Its arguments with a space between them, or its name where it has none.
            let command: String
        }

        /// All descendants of a process, itself not among them; one whose parent has ended belongs to whoever adopted it.
        static func descendants(of root: Int32) -> [Member] {
            let children = Dictionary(grouping: all(), by: \.parent)
            var found: [Member] = []
            var waiting = [root]
            var seen: Set<Int32> = [root]
            while let pid = waiting.popLast() {
                for child in children[pid] ?? [] where seen.insert(child.pid).inserted {
                    found.append(child)
                    waiting.append(child.pid)
                }
            }
            return found
        }

        private static func all() -> [Member] {
            TreeWatch.names(in: "/proc").compactMap { name in
                guard let pid = Int32(name), let stat = SmallFile.read("/proc/\(pid)/stat", limit: 4096) else {
                    return nil
                }
                let line = SmallFile.read("/proc/\(pid)/cmdline", limit: 65_536) ?? []
                return member(pid, stat: stat, line: line)
            }
        }

        /// - Parameters:
        ///   - stat: `PID (NAME) STATE PARENT ...`, where the name may hold anything.
        ///   - line: The arguments, each ended by a zero.
        static func member(_ pid: Int32, stat: [UInt8], line: [UInt8]) -> Member? {
            guard let begin = stat.firstIndex(of: UInt8(ascii: "(")), let end = stat.lastIndex(of: UInt8(ascii: ")")),
                begin < end
            else { return nil }
            let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "))
            guard fields.count >= 2, let parent = Int32(String(decoding: fields[1], as: UTF8.self)) else { return nil }
            let arguments = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let command =
                arguments.isEmpty
                ? "(\(String(decoding: stat[(begin + 1)..<end], as: UTF8.self)))" : arguments.joined(separator: " ")
            return Member(pid: pid, parent: parent, command: command)
        }
    }
#endif
