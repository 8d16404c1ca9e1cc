// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The built `bottle-conformance` as a user runs it, with a state directory of its own.
struct Tool {
    /// What one invocation said.
    struct Outcome: CustomStringConvertible {
        var status: Int32
        var stdout: String
        var stderr: String
        var description: String { "exit \(status)\n--- stdout\n\(stdout)\n--- stderr\n\(stderr)" }
    }

    /// A fresh directory that `withTool` removes; holds state and reports.
    let directory: URL
    var prefix: [String] = []

    static func withTool<Result>(_ body: (Tool) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "bottle-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        // An ordinary user must get in when the tests run as root.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory.path)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(Tool(directory: directory))
    }

    /// The checkout.
    static var root: URL {
        get throws {
            var url = URL(filePath: #filePath)
            while url.path != "/" {
                url.deleteLastPathComponent()
                if FileManager.default.fileExists(atPath: url.appending(path: "Package.swift").path) { return url }
            }
            throw CocoaError(.fileNoSuchFile)
        }
    }

    /// Where every executable of the package stands.
    static var products: URL { get throws { try root.appending(path: ".build/debug") } }

    static var executable: String { get throws { try products.appending(path: "bottle-conformance").path } }

    var state: URL { directory.appending(path: "state") }

    /// The directories of bottles. `owner`, which tells whose containers are whose, and hidden entries outlive a bottle.
    var bottles: [String] {
        get throws {
            let root = state.appending(path: "claude-bottle")
            guard FileManager.default.fileExists(atPath: root.path) else { return [] }
            return try FileManager.default.contentsOfDirectory(atPath: root.path)
                .filter { !$0.hasPrefix(".") && $0 != "owner" }
        }
    }

    func file(_ name: String) -> URL { directory.appending(path: name) }

    func write(_ text: String, to name: String) throws -> String {
        let url = file(name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    /// A started process whose output goes to files, so that nothing it leaves behind can hold a pipe open.
    func start(
        _ arguments: [String], environment: [String: String] = [:], stdin: String = "", workingDirectory: URL? = nil
    ) throws -> Process {
        let executable = try Tool.executable
        let command = prefix.isEmpty ? [executable] + arguments : ["/usr/bin/env"] + prefix + [executable] + arguments
        return try launch(command, environment: environment, stdin: stdin, workingDirectory: workingDirectory)
    }

    private func launch(
        _ command: [String], environment: [String: String], stdin: String, workingDirectory: URL?
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = workingDirectory
        process.environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": directory.path,
            "XDG_STATE_HOME": state.path,
        ].merging(environment) { $1 }
        let name = UUID().uuidString
        for (stream, url) in [("in", file("\(name).in")), ("out", file("\(name).out")), ("err", file("\(name).err"))] {
            try Data(stream == "in" ? stdin.utf8 : "".utf8).write(to: url)
        }
        process.standardInput = try FileHandle(forReadingFrom: file("\(name).in"))
        process.standardOutput = try FileHandle(forWritingTo: file("\(name).out"))
        process.standardError = try FileHandle(forWritingTo: file("\(name).err"))
        try process.run()
        outputs.add(process.processIdentifier, name)
        return process
    }

    /// Waits at most `seconds`; a process that takes longer is killed and fails the test.
    func finish(_ process: Process, within seconds: Double = 300) async throws -> Outcome {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning {
            if ContinuousClock.now > deadline {
                kill(process.processIdentifier, SIGKILL)
                Issue.record("bottle-conformance \(process.arguments ?? []) ran for more than \(seconds) s")
                // Something that it left behind holds Foundation's own pipe to it: waiting on would never end.
                throw CocoaError(.userCancelled)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        let name = try #require(outputs.name(process.processIdentifier))
        let status =
            process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
        return Outcome(status: status, stdout: try text("\(name).out"), stderr: try text("\(name).err"))
    }

    func run(_ arguments: String..., environment: [String: String] = [:], stdin: String = "") async throws -> Outcome {
        try await finish(start(arguments, environment: environment, stdin: stdin))
    }

    /// How many checks a plain `run` judges, as `list` tells it.
    func checks() async throws -> Int {
        let outcome = try await run("list", "--format", "json")
        let listed = try #require(JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [[String: Any]])
        try #require(!listed.isEmpty, "\(outcome)")
        return listed.count
    }

    /// Runs a bash script that calls the tool as "$TOOL", in the fresh directory.
    func shell(_ script: String, environment: [String: String] = [:]) async throws -> Outcome {
        let variables = ["TOOL": try Tool.executable].merging(environment) { $1 }
        let command = ["/bin/bash", "-c", script]
        return try await finish(
            launch(command, environment: variables, stdin: "", workingDirectory: directory))
    }

    /// Waits at most 20 s until something holds.
    func poll(
        _ what: String, within patience: Duration = .seconds(20), _ holds: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + patience
        while try await !holds() {
            try #require(ContinuousClock.now < deadline, "after \(patience) not yet: \(what)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func run(_ arguments: [String], directory: URL) async throws -> Outcome {
        try await finish(start(arguments, workingDirectory: directory))
    }

    private let outputs = Outputs()

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: file(name)), as: UTF8.self)
    }

    private final class Outputs: @unchecked Sendable {
        private let lock = NSLock()
        private var names: [Int32: String] = [:]
        func add(_ pid: Int32, _ name: String) { lock.withLock { names[pid] = name } }
        func name(_ pid: Int32) -> String? { lock.withLock { names[pid] } }
    }
}

/// The processes of the machine, read from /proc.
enum Processes {
    /// Every descendant of a process, as pid and start time (a pid alone may be another process a moment later).
    static func descendants(of root: Int32) -> Set<String> {
        var children: [Int32: [(Int32, String)]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = Int32(name), let (parent, start) = identity(pid) else { continue }
            children[parent, default: []].append((pid, "\(pid):\(start)"))
        }
        var found: Set<String> = []
        var open = [root]
        while let next = open.popLast() {
            for (pid, key) in children[next] ?? [] where found.insert(key).inserted { open.append(pid) }
        }
        return found
    }

    static func isAlive(_ key: String) -> Bool {
        let parts = key.split(separator: ":")
        guard let pid = parts.first.flatMap({ Int32($0) }), let (_, start) = identity(pid) else { return false }
        return String(start) == parts[1]
    }

    /// The namespaces of processes, by link text such as `net:[4026532001]`.
    static func namespaces(of keys: Set<String>) -> Set<String> {
        var links: Set<String> = []
        for key in keys {
            let pid = key.split(separator: ":")[0]
            for kind in ["net", "mnt", "user", "pid"] {
                if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\(kind)") {
                    links.insert(link)
                }
            }
        }
        return links
    }

    /// Namespaces that some living process is in.
    static var inhabited: Set<String> {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { Int32($0) != nil } ?? []
        return namespaces(of: Set(all.map { "\($0):0" }))
    }

    private static func identity(_ pid: Int32) -> (parent: Int32, start: Substring)? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let close = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let parent = Int32(fields[1]), fields[0] != "Z" else { return nil }
        return (parent, fields[19])
    }
}
