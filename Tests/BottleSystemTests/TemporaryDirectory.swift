// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory for one test.
struct TemporaryDirectory {
    struct Failure: Error { let path: String; let number: Int32 }

    let path: String

    init(mode: mode_t = 0o700) throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/bottle-system-tests.\(String(repeating: "X", count: 6))".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(path: parent, number: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, mode)
    }

    /// Removes it with everything that `write` and `copy` can make, and directories that are empty by then.
    func remove() { Self.remove(path) }

    private static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                // In place: an entry is as long as its name, and a copy of the whole type would read past the buffer.
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(directory)
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// An executable file with this text.
    func write(_ text: String, to path: String) async throws { try await install("/dev/stdin", Array(text.utf8), path) }

    func copy(_ source: String, to path: String) async throws { try await install(source, [], path) }

    /// A process of its own writes: a descriptor of this one could be inherited by whatever another test forks just then,
    /// and a file that somebody may still write cannot be executed (ETXTBSY).
    private func install(_ source: String, _ bytes: [UInt8], _ path: String) async throws {
        let result = try await HostCommand(
            ["/usr/bin/install", "-m", "755", source, path], environment: [:], stdin: bytes, deadline: .seconds(30)
        ).run()
        guard result.status == 0 else { throw Failure(path: path, number: result.status) }
    }
}
