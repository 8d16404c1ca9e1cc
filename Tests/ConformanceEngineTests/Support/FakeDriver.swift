// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization
import Testing

/// A driver in memory that keeps account of its bottles; a hook can fail, hang or replace any operation.
final class FakeDriver: Driver {
    enum Operation: String, Sendable, CaseIterable { case hello, plan, launch, exec, describe, logs, destroy }

    struct Account: Sendable {
        var launches: [LaunchRequest] = []
        var execs: [(slug: String, request: ExecRequest)] = []
        var copies: [(session: Session?, request: CopyRequest)] = []
        var launched: [String: Int] = [:]
        var destroyed: [String: Int] = [:]
        var operations: [String] = []
        var alive = 0
        var mostAlive = 0
        var sessions: [String: Session] = [:]
        var swept = 0
    }

    typealias Hook = @Sendable (Operation, Session?) async throws -> Void

    let account = Mutex(Account())
    let greeting: Hello
    let hook: Hook
    let answer: @Sendable (Session, ExecRequest) async throws -> ExecResult
    let logged: @Sendable (Session?) -> [LogRecord]
    /// What keeps a copy from its guest.
    let refusesCopy: (any Error)?

    init(
        kind: BackendKind = .namespaces, capabilities: Set<String> = ["bundle-exec", "logs"], maxParallel: Int = 3,
        hook: @escaping Hook = { _, _ in },
        answer: @escaping @Sendable (Session, ExecRequest) async throws -> ExecResult = { FakeDriver.honest($0, $1) },
        logged: @escaping @Sendable (Session?) -> [LogRecord] = { _ in FakeDriver.healthLine },
        refusesCopy: (any Error)? = nil
    ) {
        self.refusesCopy = refusesCopy
        greeting = Hello(
            name: "fake", version: "1", kind: kind, capabilities: capabilities, maxParallel: maxParallel)
        self.answer = answer
        self.hook = hook
        self.logged = logged
    }

    private static let healthLine = [
        LogRecord(
            daemon: "pipelock", time: "2026-01-01T00:00:00Z", event: "health", client: "10.77.1.3:1", target: "/")
    ]

    static func honest(_ session: Session, _ request: ExecRequest) -> ExecResult {
        let output = request.argv.last == "batch" ? FakeProbe.run(request.stdin) : Array("ok\n".utf8)
        return ExecResult(ending: .exited(0), stdout: output, stderr: [])
    }

    var snapshot: Account { account.withLock { $0 } }

    private func owner(of slug: String) -> Session? { account.withLock { $0.sessions[slug] } }

    private func note(_ operation: Operation, _ session: Session?) {
        account.withLock { $0.operations.append("\(session?.rawValue ?? "-") \(operation.rawValue)") }
    }

    func hello() async throws -> Hello {
        note(.hello, nil)
        try await hook(.hello, nil)
        return greeting
    }

    func status() async throws -> Status { Status(unmet: []) }

    func plan(_ request: LaunchRequest) async throws -> PlanReport {
        let bottle = request.manifest.bottles.values.first
        let session: Session = request.network == .open ? .twin : bottle?.allowlist.isEmpty == true ? .variant : .bottle
        account.withLock { $0.sessions[request.slug] = session }
        note(.plan, session)
        try await hook(.plan, session)
        let plan = BottlePlan(
            slug: request.slug, agentName: request.agentName, addresses: AddressPlan(slug: request.slug),
            guestEnvironment: [:], prompt: request.manifest.agents[request.agentName]?.prompt ?? "",
            allowlist: bottle?.allowlist ?? [], routes: bottle?.routes ?? [], daemons: ["egress", "pipelock"])
        return PlanReport(
            plan: plan, paths: BottlePaths.Bottle(directory: "/state/\(request.slug)"), manifestDirectory: "/manifest")
    }

    func launch(_ request: LaunchRequest) async throws -> BottleID {
        let session = owner(of: request.slug)
        note(.launch, session)
        account.withLock { $0.launches.append(request) }
        try await hook(.launch, session)
        account.withLock {
            $0.launched[request.slug, default: 0] += 1
            $0.alive += 1
            $0.mostAlive = max($0.mostAlive, $0.alive)
        }
        return BottleID(request.slug)
    }

    func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult {
        let session = try #require(owner(of: bottle.slug))
        note(.exec, session)
        account.withLock { $0.execs.append((bottle.slug, request)) }
        try await hook(.exec, session)
        return try await answer(session, request)
    }

    func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws {
        let session = owner(of: bottle.slug)
        account.withLock {
            $0.operations.append("\(session?.rawValue ?? "-") copy")
            $0.copies.append((session, request))
        }
        if let refusesCopy { throw refusesCopy }
    }

    func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8] { [] }

    func describe(_ bottle: BottleID) async throws -> BottleDescription {
        let session = owner(of: bottle.slug)
        note(.describe, session)
        try await hook(.describe, session)
        return BottleDescription(
            bundleAddress: AddressPlan(slug: bottle.slug).bundle, ports: ["pipelock": 8888], guestUser: "node",
            guestHome: "/home/node", promptPath: Contract.promptPath, effectiveAllow: [], effectiveResolvers: [],
            bundleListeners: [], runningDaemons: [], environment: [:])
    }

    func logs(_ bottle: BottleID) async throws -> [LogRecord] {
        let session = owner(of: bottle.slug)
        note(.logs, session)
        try await hook(.logs, session)
        return logged(session)
    }

    func stop(_ bottle: BottleID) async throws {}
    func start(_ bottle: BottleID) async throws {}

    func destroy(_ bottle: BottleID) async throws {
        let session = owner(of: bottle.slug)
        note(.destroy, session)
        account.withLock {
            $0.destroyed[bottle.slug, default: 0] += 1
            $0.alive -= 1
        }
        try await hook(.destroy, session)
    }

    func sweep() async throws -> [String] {
        account.withLock { $0.swept += 1 }
        return []
    }
}
