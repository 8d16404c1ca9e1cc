// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The plans of all sidecars of one bottle.
public struct SidecarPlans: Sendable, Hashable, Codable {
    public var pipelock: PipelockPlan
    public var egress: EgressPlan
    public var gitGate: GitGatePlan
    /// Nil unless the bottle enables supervise.
    public var supervise: SupervisePlan?

    /// Decides everything from a plan and where its files stand.
    ///
    /// - Parameter manifestDirectory: What the manifest's paths are relative to.
    public init(plan: BottlePlan, paths: BottlePaths.Bottle, manifestDirectory: String = ".") {
        pipelock = PipelockPlan(plan: plan, paths: paths)
        egress = EgressPlan(plan: plan, paths: paths)
        gitGate = GitGatePlan(plan: plan, paths: paths, manifestDirectory: manifestDirectory)
        supervise = SupervisePlan(plan: plan, paths: paths)
    }
}
