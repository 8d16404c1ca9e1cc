// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Synchronization

/// The plan of every bottle that was launched.
private final class PlanBook: Sendable {
    private let plans = Mutex<[BottleID: (BottlePlan, LaunchRequest)]>([:])

    func note(_ plan: BottlePlan, _ request: LaunchRequest, of bottle: BottleID) {
        plans.withLock { $0[bottle] = (plan, request) }
    }
    func plan(of bottle: BottleID) -> BottlePlan? { plans.withLock { $0[bottle]?.0 } }
    func request(of bottle: BottleID) -> LaunchRequest? { plans.withLock { $0[bottle]?.1 } }
}

/// A working driver with single operations changed on their way in or out: what breaks without the backend's doing.
struct AlteredDriver: Driver {
    let base: any Driver
    /// The plans of what was launched, for `description`.
    private let plans = PlanBook()
    /// Changes what is launched.
    var launchRequest: @Sendable (LaunchRequest) -> LaunchRequest = { $0 }
    /// Does something to a bottle that has come up; its error is that of the launch.
    var launched: @Sendable (any Driver, BottleID, BottlePlan) async throws -> Void = { _, _, _ in }
    /// Changes what is planned, for a driver that does not refuse what it should.
    var planRequest: @Sendable (LaunchRequest) -> LaunchRequest = { $0 }
    /// Changes what a launch is said to do, given what was asked for.
    var planReport: @Sendable (LaunchRequest, PlanReport) -> PlanReport = { $1 }
    /// Changes what is executed.
    var execRequest: @Sendable (ExecRequest) -> ExecRequest = { $0 }
    /// Changes what comes back of an exec, given what was asked for.
    var execResult: @Sendable (ExecRequest, ExecResult) -> ExecResult = { $1 }
    /// Does something after every exec in a bottle, given how it was launched.
    var executed: @Sendable (any Driver, BottleID, LaunchRequest) async throws -> Void = { _, _, _ in }
    /// Changes what is read back of a bottle, given its plan.
    var description: @Sendable (BottlePlan, BottleDescription) -> BottleDescription = { $1 }
    /// Changes what the sidecars are said to have logged.
    var logRecords: @Sendable ([LogRecord]) -> [LogRecord] = { $0 }

    init(base: any Driver) { self.base = base }

    func hello() async throws -> Hello { try await base.hello() }

    func status() async throws -> Status { try await base.status() }

    func plan(_ request: LaunchRequest) async throws -> PlanReport {
        planReport(request, try await base.plan(planRequest(request)))
    }

    func launch(_ request: LaunchRequest) async throws -> BottleID {
        let bottle = try await base.launch(launchRequest(request))
        do {
            let plan = try await base.plan(request).plan
            plans.note(plan, request, of: bottle)
            try await launched(base, bottle, plan)
        } catch {
            // A launch that fails leaves nothing behind.
            try await base.destroy(bottle)
            throw error
        }
        return bottle
    }

    func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult {
        let result = execResult(request, try await base.exec(execRequest(request), in: bottle))
        if let launch = plans.request(of: bottle) { try await executed(base, bottle, launch) }
        return result
    }

    func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws {
        try await base.copyIn(request, in: bottle)
    }

    func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8] {
        try await base.copyOut(path: path, from: target, in: bottle)
    }

    func describe(_ bottle: BottleID) async throws -> BottleDescription {
        let read = try await base.describe(bottle)
        return plans.plan(of: bottle).map { description($0, read) } ?? read
    }

    func logs(_ bottle: BottleID) async throws -> [LogRecord] { logRecords(try await base.logs(bottle)) }

    func stop(_ bottle: BottleID) async throws { try await base.stop(bottle) }

    func start(_ bottle: BottleID) async throws { try await base.start(bottle) }

    func destroy(_ bottle: BottleID) async throws { try await base.destroy(bottle) }

    func sweep() async throws -> [String] { try await base.sweep() }
}
