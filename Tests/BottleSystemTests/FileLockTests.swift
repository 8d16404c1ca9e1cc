// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct FileLockTests {
    @Test func isFreeOnReleaseAlsoWhereAStartingProcessHasItsDescriptor() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = "\(directory.path)/lock"
        let lock = try await FileLock.take(path, patience: .zero, while: "testing")
        // What every process has between fork and exec.
        let copies = (3..<1024).filter { Self.isOpen(Int32($0), on: path) }.map { dup(Int32($0)) }
        defer { for copy in copies { close(copy) } }
        try #require(copies.count == 1)
        let error = await #expect(throws: BottleError.self) {
            try await FileLock.take(path, patience: .zero, while: "testing")
        }
        #expect(error?.code == .timeout)
        lock.release()
        try await FileLock.take(path, patience: .zero, while: "testing").release()
    }

    private static func isOpen(_ descriptor: Int32, on path: String) -> Bool {
        guard let open = FileStatus(descriptor), let file = FileStatus(path) else { return false }
        return (open.device, open.inode) == (file.device, file.inode)
    }
}
