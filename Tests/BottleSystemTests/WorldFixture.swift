// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import Glibc
    import Testing

    /// A world for one test, and sandboxes to put into it.
    enum WorldFixture {
        static func withWorld<Value: Sendable>(
            _ body: (Launcher) async throws -> Value
        ) async throws -> Value {
            let launcher = try await Launcher.start(executable: try HelperExecutable.path("bottle-launcher"))
            do {
                let value = try await body(launcher)
                await launcher.stop()
                return value
            } catch {
                await launcher.stop()
                throw error
            }
        }

        /// A sandbox with the machine's programs, for uid 1000.
        static func spec(_ name: String, network: String, extra: [SandboxSpec.Entry] = []) -> SandboxSpec {
            var entries: [SandboxSpec.Entry] = [.readOnlyBind(source: "/usr", path: "/usr")]
            for directory in ["bin", "sbin", "lib", "lib64"] {
                entries.append(.symlink(path: "/\(directory)", target: "usr/\(directory)"))
            }
            entries += [
                .proc(path: "/proc"), .devpts(path: "/dev/pts"),
                .tmpfs(path: "/tmp", mode: 0o1777, uid: 0, bytes: 64 << 20),
                .directory(path: "/home/node", mode: 0o755, uid: 1000),
                .tmpfs(path: "/home/node", mode: 0o755, uid: 1000, bytes: 16 << 20),
                .file(path: "/etc/hosts", mode: 0o644, uid: 0, bytes: Array("127.0.0.1 localhost\n".utf8)),
                .file(
                    path: "/etc/passwd", mode: 0o644, uid: 0,
                    bytes: Array("root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n".utf8)),
            ]
            for device in ["null", "zero", "full", "random", "urandom", "tty"] {
                entries.append(.device(path: "/dev/\(device)"))
            }
            return SandboxSpec(name: name, network: network, hostname: "bottle", entries: entries + extra, uid: 1000)
        }

        /// A world with one network and one sandbox `box` in it.
        static func withSandbox<Value: Sendable>(
            extra: [SandboxSpec.Entry] = [], _ body: (Launcher) async throws -> Value
        ) async throws -> Value {
            try await withWorld { launcher in
                try await launcher.makeNetwork("net")
                _ = try await launcher.makeSandbox(spec("box", network: "net", extra: extra))
                return try await body(launcher)
            }
        }

        /// Runs a shell script in a sandbox.
        static func shell(
            _ script: String, in launcher: Launcher, sandbox: String? = "box", uid: UInt32? = nil,
            terminal: Bool = false, stdin: [UInt8] = [], deadline: Duration = .seconds(20)
        ) async throws -> ProcessOutput {
            try await ProcessIO.run(
                host: launcher, sandbox: sandbox, argv: ["/bin/sh", "-c", script],
                environment: ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME=/home/node"], uid: uid,
                terminal: terminal, stdin: stdin, deadline: deadline)
        }

        /// Polls until a process is gone, 10 s at most.
        static func waitUntilGone(_ process: Int32) async throws -> Bool {
            let end = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < end {
                if kill(process, 0) < 0, errno == ESRCH { return true }
                try await Task.sleep(for: .milliseconds(5))
            }
            return false
        }

        /// The processes below one, all generations, as this machine numbers them.
        static func descendants(of process: Int32) -> [Int32] {
            guard let text = contents("/proc/\(process)/task/\(process)/children") else { return [] }
            let children = text.split(separator: " ").compactMap { Int32($0.trimmed) }
            return children + children.flatMap { descendants(of: $0) }
        }

        /// Polls until exactly that many processes are below one, 10 s at most, and returns them.
        @discardableResult
        static func waitForProcesses(_ count: Int, below process: Int32) async throws -> [Int32] {
            var all = descendants(of: process)
            let end = ContinuousClock.now + .seconds(10)
            while all.count != count, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(5))
                all = descendants(of: process)
            }
            try #require(all.count == count)
            return all
        }

        /// How many descriptors a process has open.
        static func descriptors(of process: Int32) -> Int {
            guard let directory = opendir("/proc/\(process)/fd") else { return -1 }
            defer { closedir(directory) }
            var count = 0
            while readdir(directory) != nil { count += 1 }
            return count - 2
        }

        static func contents(_ path: String) -> String? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                guard count > 0 else { break }
                bytes += chunk.prefix(count)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    extension ProcessOutput {
        var text: String { String(decoding: stdout, as: UTF8.self) }
        var errorText: String { String(decoding: stderr, as: UTF8.self) }
    }

    extension Substring {
        fileprivate var trimmed: Substring { self.prefix { $0.isNumber } }
    }
#endif
