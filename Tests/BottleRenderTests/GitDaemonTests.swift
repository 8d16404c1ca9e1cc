// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The entrypoint with the real git daemon, on loopback.
@Suite(.enabled(if: GitGateFixture.isPossible, "git or timeout is not installed"))
struct GitDaemonTests {
    @Test func guestGetsTheDeclaredRepositoryAndNothingElse() async throws {
        try await GitGateFixture.with(port: try Self.freePort()) { gate in
            // Beside the declared one and exported as far as git is concerned, but not declared.
            let other = "\(gate.input.basePath)/other.git"
            try await gate.require(try await gate.git(["clone", "--quiet", "--bare", gate.upstream.path, other]))
            #expect(FileManager.default.createFile(atPath: "\(other)/git-daemon-export-ok", contents: nil))
            try await Self.serving(gate) { base in
                let clone = try await gate.git(["clone", "--quiet", "\(base)/app.git", "\(gate.root.path)/clone"])
                #expect(clone.status == 0, "\(clone.stderr)")
                for path in [
                    "/other.git", "/app", "/app.git/", "/../upstream.git", "/./app.git", "/~root/app.git",
                    "\(gate.gate)/../other.git", "", "/",
                ] {
                    #expect(try await gate.git(["ls-remote", "\(base)\(path)"]).status != 0, "\(path)")
                }
                #expect(try await gate.git(["archive", "--remote=\(base)/app.git", "main"]).status != 0)
                try await gate.commit("a", "x\n", message: "second")
                let push = try await gate.git(["push", "--quiet", "\(base)/app.git", "main"])
                #expect(push.status == 0, "\(push.stderr)")
                let head = try await gate.reference("HEAD", in: "\(gate.work.path)/.git")
                #expect(try await gate.reference("refs/heads/main", in: gate.upstream.path) == head)
                try await gate.commit("k", "AKIA" + "ABCDEFGHIJKLMNOP", message: "third")
                let refused = try await gate.git(["push", "--quiet", "\(base)/app.git", "main"])
                #expect(refused.status != 0 && refused.stderr.contains("looks like a secret"))
                #expect(try await gate.reference("refs/heads/main", in: gate.upstream.path) == head)
            }
        }
    }

    /// Runs the entrypoint until `body` is through, then ends it and sees that nothing of it is left.
    private static func serving(_ gate: GitGateFixture, _ body: (String) async throws -> Void) async throws {
        let base = "git://127.0.0.1:\(gate.input.port)"
        let daemon = Process()
        daemon.executableURL = URL(fileURLWithPath: "/bin/sh")
        daemon.arguments = ["\(gate.root.path)/gate/entrypoint"]
        daemon.environment = gate.environment
        daemon.standardInput = FileHandle.nullDevice
        daemon.standardOutput = FileHandle.nullDevice
        daemon.standardError = FileHandle.nullDevice
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        daemon.terminationHandler = { _ in continuation.finish() }
        try daemon.run()
        let result: Result<Void, any Error>
        do {
            let deadline = ContinuousClock.now + .seconds(30)
            while try await gate.git(["ls-remote", "\(base)/app.git"]).status != 0 {
                try #require(ContinuousClock.now < deadline && daemon.isRunning, "git daemon does not answer")
            }
            result = .success(try await body(base))
        } catch {
            result = .failure(error)
        }
        // Its group: git waits for a child that does the work.
        let group = getpgid(daemon.processIdentifier)
        if group == daemon.processIdentifier { kill(-group, SIGTERM) } else { daemon.terminate() }
        for await _ in ended {}
        #expect(try await gate.git(["ls-remote", "\(base)/app.git"]).status != 0, "git daemon is still there")
        try result.get()
    }

    /// A port of loopback that was free a moment ago.
    private static func freePort() throws -> UInt16 {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, stream, 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        try #require(status == 0)
        return UInt16(bigEndian: address.sin_port)
    }
}
