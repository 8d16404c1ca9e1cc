// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Dispatch
import Foundation
import Glibc
import Synchronization

@testable import BottleSidecars

/// One `bottle-bundle init` for the length of a test, with its configuration in a directory of its own.
final class RunningInit: Sendable {
    let pid: pid_t
    let pipelockPort: UInt16
    let egressPort: UInt16
    private let output: Int32
    private let received = Mutex<[UInt8]>([])
    private let status = Mutex<Int32?>(nil)

    private init(pid: pid_t, output: Int32, ports: (UInt16, UInt16)) {
        self.pid = pid
        self.output = output
        (pipelockPort, egressPort) = ports
    }

    /// - Parameters:
    ///   - carriesConfig: The document brings the configuration along, and there are no files yet.
    ///   - carriesAuthorities: It brings CAs for both daemons and whom pipelock trusts, and pipelock opens TLS.
    static func run(
        config: String? = nil, carriesConfig: Bool = false, carriesAuthorities: Bool = false, extra: String = "",
        token: String = "s3cret", ports: (UInt16, UInt16)? = nil,
        _ body: (RunningInit) async throws -> Void
    ) async throws {
        var template = TestLog.template("sidecar-init")
        guard let made = mkdtemp(&template) else { throw BottleError(.io, "no temporary directory") }
        let directory = String(cString: made)
        let (pipelockFile, routesFile) = ("\(directory)/pipelock.yaml", "\(directory)/routes.yaml")
        let authorities = carriesAuthorities ? try CarriedAuthorities(in: directory) : nil
        defer {
            for file in authorities?.files ?? [] { unlink(file) }
            unlink(pipelockFile)
            unlink(routesFile)
            rmdir(directory)
        }
        let own: (UInt16, UInt16)
        if let ports { own = ports } else { own = (try await TestWorld.freePort(), try await TestWorld.freePort()) }
        let opening = authorities?.interception ?? ""
        let text =
            #"{"fetch_proxy":{"listen":"0.0.0.0:\#(own.0)"},"mode":"strict","forward_proxy":{"enabled":true}\#(opening)}"#
        let (pipelock, routes) = (config ?? text, #"[{"host":"a.test","scheme":"http","token_variable":"TOKEN"}]"#)
        var carried = ""
        if carriesConfig {
            let (quotedPipelock, quotedRoutes) = (try quoted(pipelock), try quoted(routes))
            carried = #","pipelock_text":\#(quotedPipelock),"routes_text":\#(quotedRoutes)"#
        } else {
            try write(pipelock, to: pipelockFile)
            try write(routes, to: routesFile)
        }
        let document = """
            {"daemons":["egress","pipelock"],"bundle_address":"10.77.3.2","pipelock_config":"\(pipelockFile)",
            "routes_config":"\(routesFile)","egress_port":\(own.1),"tokens":{"TOKEN":"\(token)"}\(carried)\(extra)
            \(authorities?.document ?? "")}
            """
        let bundle = try start(document, ports: own)
        do {
            try await body(bundle)
        } catch {
            await bundle.end()
            throw error
        }
        await bundle.end()
    }

    static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    private static func start(_ document: String, ports: (UInt16, UInt16)) throws -> RunningInit {
        let input = try SidecarSystem.makePipe()
        let output = try SidecarSystem.makePipe()
        _ = fcntl(input.read, F_SETFL, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("bottle-bundle"), strdup("init"), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("OUTSIDE=1"), nil]
        let pid = spawn(executable(), &arguments, &environment, input.read, output.write)
        for pointer in arguments + environment { free(pointer) }
        close(input.read)
        close(output.write)
        guard pid > 0 else { throw BottleError(.launch, "bottle-bundle cannot be started") }
        let bytes = Array(document.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(input.write, $0.baseAddress, $0.count) }
        close(input.write)
        return RunningInit(pid: pid, output: output.read, ports: ports)
    }

    /// posix_spawn, because the shim's child would die with whichever thread of the pool started it.
    private static func spawn(
        _ path: String, _ arguments: inout [UnsafeMutablePointer<CChar>?],
        _ environment: inout [UnsafeMutablePointer<CChar>?], _ input: Int32, _ output: Int32
    ) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var pid: pid_t = -1
        return posix_spawn(&pid, path, &actions, nil, &arguments, &environment) == 0 ? pid : -1
    }

    /// The helper beside the test bundle.
    private static func executable() -> String {
        for argument in CommandLine.arguments {
            let parts = argument.split(separator: "/")
            guard let index = parts.firstIndex(where: { $0.hasSuffix(".xctest") }) else { continue }
            return "/" + parts[..<index].joined(separator: "/") + "/bottle-bundle"
        }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/.build/debug/bottle-bundle"
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BottleError(.io, "cannot write \(path)") }
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    var text: String { received.withLock { String(decoding: $0, as: UTF8.self) } }

    var records: [[String: String]] {
        received.withLock { $0.split(separator: 0x0a).compactMap { TestLog.record(Array($0)) } }
    }

    /// Waits for output on a thread of Dispatch's, off the cooperative pool.
    private func pump(until deadline: Double) async {
        await withCheckedContinuation { done in
            DispatchQueue.global().async { [self] in
                var entries = [pollfd(fd: output, events: Int16(POLLIN), revents: 0)]
                if SidecarSystem.wait(&entries, until: deadline),
                    case .bytes(let bytes) = SidecarSystem.readSome(output)
                {
                    received.withLock { $0 += bytes }
                }
                done.resume()
            }
        }
    }

    /// The first record that matches, at most 15 s later.
    func waitFor(_ matches: ([String: String]) -> Bool) async -> [String: String]? {
        let deadline = SidecarSystem.now() + 15
        while SidecarSystem.now() < deadline {
            if let record = records.first(where: matches) { return record }
            if hasExited() { return nil }
            await pump(until: min(deadline, SidecarSystem.now() + 0.1))
        }
        return nil
    }

    /// The exit status, or 128 + the signal; nil when it still runs after 15 s.
    func waitForExit() async -> Int32? {
        _ = await poll { hasExited() }
        while case .bytes(let bytes) = SidecarSystem.readSome(output) { received.withLock { $0 += bytes } }
        guard let status = status.withLock({ $0 }) else { return nil }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }

    func poll(_ condition: () -> Bool) async -> Bool {
        let deadline = SidecarSystem.now() + 15
        while !condition() {
            guard SidecarSystem.now() < deadline else { return false }
            await pump(until: SidecarSystem.now() + 0.01)
        }
        return true
    }

    private func hasExited() -> Bool {
        status.withLock { status in
            if status != nil { return true }
            var word: Int32 = 0
            guard waitpid(pid, &word, WNOHANG) == pid else { return false }
            status = word
            return true
        }
    }

    private func end() async {
        if !hasExited() {
            kill(pid, SIGKILL)
            _ = await poll { hasExited() }
        }
        close(output)
    }

    func children() -> [pid_t] {
        file("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
    }

    func file(_ path: String) -> String {
        String(decoding: (try? SidecarSystem.readFile(path)) ?? [], as: UTF8.self)
    }

    /// No longer there, or dead and waiting for whoever inherited it.
    func isGone(_ pid: pid_t) -> Bool {
        let status = file("/proc/\(pid)/stat")
        return status.isEmpty || status.contains(") Z ")
    }
}
