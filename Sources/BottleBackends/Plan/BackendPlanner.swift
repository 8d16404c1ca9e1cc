// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
import BottleRender

/// What one backend decides before anything starts: a pure function of the request and of where its files would stand.
package protocol BackendPlanner: Sendable {
    /// Who the backend is, as far as that is known without looking at the machine.
    var hello: Hello { get }
    /// What a launch would do.
    ///
    /// - Throws: `.usage` or `.input` for a request that no launch could follow.
    func report(_ request: LaunchRequest) throws(BottleError) -> PlanReport
}

extension BackendPlanner {
    /// The part of a report that is the same on every backend: contract values, and the files that every bottle has.
    ///
    /// - Parameter emptyMeansEverybody: Lets an empty allowlist into the proxy's file as it is: for the fault that is
    ///   about just that.
    func contract(
        _ request: LaunchRequest, state: String, emptyMeansEverybody: Bool = false
    ) throws(BottleError) -> PlanReport {
        let plan = try BottlePlan.make(
            manifest: request.manifest, agentName: request.agentName, slug: request.slug)
        try LaunchRules.requirePublic(plan, request)
        var report = PlanReport(
            plan: plan, paths: BottlePaths.Bottle(directory: "\(state)/\(plan.slug)"),
            manifestDirectory: request.manifestDirectory ?? "/")
        let policy: PipelockInput.Policy =
            request.network == .open ? .open : emptyMeansEverybody ? .strictAsGiven : .strict
        report.artefacts = try ContractArtefacts.make(report, policy: policy)
        return report
    }
}

extension PlanReport {
    /// The report with more files, all in the order of their paths.
    func adding(_ more: [Artefact]) -> PlanReport {
        var result = self
        result.artefacts = (artefacts + more).sorted { $0.path < $1.path }
        return result
    }
}

/// A driver that plans and launches nothing: for the rows that look at plans only, on a machine that need not have
/// anything of the backend.
package struct PlanningDriver: Driver {
    private let planner: any BackendPlanner

    package init(_ planner: any BackendPlanner) { self.planner = planner }

    package func hello() async throws -> Hello { planner.hello }
    package func status() async throws -> Status { Status(unmet: []) }
    package func plan(_ request: LaunchRequest) async throws -> PlanReport { try planner.report(request) }
    package func launch(_ request: LaunchRequest) async throws -> BottleID { throw refusal }
    package func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult { throw refusal }
    package func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws { throw refusal }
    package func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8] {
        throw refusal
    }
    package func describe(_ bottle: BottleID) async throws -> BottleDescription { throw refusal }
    package func logs(_ bottle: BottleID) async throws -> [LogRecord] { throw refusal }
    package func stop(_ bottle: BottleID) async throws { throw refusal }
    package func start(_ bottle: BottleID) async throws { throw refusal }
    package func destroy(_ bottle: BottleID) async throws {}
    package func sweep() async throws -> [String] { [] }

    private var refusal: BottleError {
        BottleError(.unsupported, "This driver of the \(planner.hello.name) backend plans only, it launches nothing.")
    }
}
