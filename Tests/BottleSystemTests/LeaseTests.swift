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

@Suite struct LeaseTests {
    @Test func heldAsLongAsItLives() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        #expect(try Lease.isHeld(directory: directory.path) == false)
        var lease: Lease? = try Lease.take(directory: directory.path)
        #expect(lease != nil)
        #expect(try Lease.isHeld(directory: directory.path))
        #expect(throws: BottleError.self) { try Lease.take(directory: directory.path) }
        lease = nil
        #expect(try Lease.isHeld(directory: directory.path) == false)
        _ = try Lease.take(directory: directory.path)
    }

    @Test func missingDirectoryIsAnError() {
        let error = #expect(throws: BottleError.self) { try Lease.take(directory: "/no/such/directory") }
        #expect(error?.code == .io)
    }

    @Test func stateDirectoryFollowsTheEnvironment() throws {
        #expect(try StateDirectory.path(environment: ["HOME": "/home/x"]) == "/home/x/.local/state/claude-bottle")
        #expect(
            try StateDirectory.path(environment: ["HOME": "/home/x", "XDG_STATE_HOME": "/s"]) == "/s/claude-bottle")
        #expect(
            try StateDirectory.path(environment: ["HOME": "/h", "XDG_STATE_HOME": "rel"])
                == "/h/.local/state/claude-bottle")
        let error = #expect(throws: BottleError.self) { try StateDirectory.path(environment: [:]) }
        #expect(error?.code == .usage)
    }

    @Test func stateDirectoryIsPrivate() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = directory.path + "/a/b"
        try StateDirectory.make(path)
        chmod(path, 0o755)
        try StateDirectory.make(path)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        try await directory.write("", to: directory.path + "/file")
        #expect(throws: BottleError.self) { try StateDirectory.make(directory.path + "/file") }
    }

    @Test func helpersAreFoundBesideTheTests() throws {
        #if os(Linux)
            #expect(access(try HelperExecutable.path("bottle-launcher"), X_OK) == 0)
        #endif
        let error = #expect(throws: BottleError.self) { try HelperExecutable.path("bottle-nonexistent") }
        #expect(error?.code == .prerequisite)
    }
}
