// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A file or directory of the host that a bundle sees.
public struct BundleMount: Sendable, Hashable, Codable {
    public var source: String
    public var target: String
    public var isReadOnly: Bool

    public init(source: String, target: String, isReadOnly: Bool = true) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}

/// Everything with which a bundle is launched; it may be shown to anybody, for it holds names of tokens and no values.
public struct BundleLaunchSpec: Sendable, Hashable, Codable {
    /// The name of the bundle as a resource of a backend.
    public var name: String
    public var subnet: String
    public var gateway: String
    /// The bundle's pinned address.
    public var address: String
    /// The daemons to run, in the order in which they start.
    public var daemonsCSV: String
    /// Variables with values that everybody may see.
    public var environment: [String: String]
    /// The variables whose values reach the bundle's init on its standard input, and from there egress alone.
    public var tokenVariables: [String]
    public var mounts: [BundleMount]

    /// The names of all variables of the bundle, sorted.
    public var environmentNames: [String] { (Array(environment.keys) + tokenVariables).sorted() }

    /// Puts the plans of the sidecars together.
    public init(plan: BottlePlan, sidecars: SidecarPlans) {
        // No slug has "_" in it, so that no other bottle's machine can have this name.
        name = "\(plan.machineName)_bundle"
        subnet = plan.addresses.subnet
        gateway = plan.addresses.gateway
        address = plan.addresses.bundle
        daemonsCSV = plan.daemonsCSV
        tokenVariables = sidecars.egress.tokenVariables
        var environment: [String: String] = [:]
        if let proxy = sidecars.egress.upstreamProxy {
            environment[Contract.BundleVariable.egressUpstreamProxy] = proxy
        }
        if let supervise = sidecars.supervise {
            environment[Contract.BundleVariable.superviseQueue] = Contract.Bundle.superviseQueue
            environment[Contract.BundleVariable.superviseSlug] = supervise.slug
        }
        self.environment = environment
        mounts =
            sidecars.pipelock.mounts + sidecars.egress.mounts + sidecars.gitGate.mounts
            + (sidecars.supervise?.mounts ?? [])
    }
}
