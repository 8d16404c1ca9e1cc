// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What git-gate needs; without upstreams it does not run and has no files.
public struct GitGatePlan: Sendable, Hashable, Codable {
    /// One repository: where it really is, where the gate serves it, and with which key.
    public struct Upstream: Sendable, Hashable, Codable {
        public var name: String
        public var url: String
        /// Where the guest finds it; git's `insteadOf` leads there from `url`.
        public var gateURL: String
        /// The private key on the host, and where it stands in the bundle.
        public var identity: BundleMount?
        /// The pinned host keys on the host, and where they stand in the bundle.
        public var knownHosts: BundleMount?
    }

    public var upstreams: [Upstream]
    /// The rendered script that starts the gate, on the host; nil without upstreams.
    public var entrypoint: String?
    /// The rendered `pre-receive` hook on the host; nil without upstreams.
    public var hook: String?
    /// The rendered access hook, which brings the gate up to date before a fetch; nil without upstreams.
    public var access: String?
    /// The rules of gitleaks, so that it takes none from a repository; nil without upstreams.
    public var gitleaks: String?

    /// Whether the gate runs.
    public var isActive: Bool { !upstreams.isEmpty }

    /// Decides everything from a plan.
    ///
    /// - Parameter manifestDirectory: What the manifest's paths are relative to.
    public init(plan: BottlePlan, paths: BottlePaths.Bottle, manifestDirectory: String) {
        upstreams = plan.gitUpstreams.map { upstream in
            Upstream(
                name: upstream.name, url: upstream.url, gateURL: plan.gateURL(of: upstream),
                identity: upstream.identity.map {
                    BundleMount(
                        source: "\(manifestDirectory)/\($0)",
                        target: "\(Contract.Bundle.gitGateIdentities)/\(upstream.name)")
                },
                knownHosts: upstream.knownHosts.map {
                    BundleMount(
                        source: "\(manifestDirectory)/\($0)",
                        target: "\(Contract.Bundle.gitGateKnownHosts)/\(upstream.name)")
                })
        }
        entrypoint = upstreams.isEmpty ? nil : paths.gitGateEntrypoint
        hook = upstreams.isEmpty ? nil : paths.gitGateHook
        access = upstreams.isEmpty ? nil : paths.gitGateAccess
        gitleaks = upstreams.isEmpty ? nil : paths.gitleaksConfig
    }

    /// What the bundle sees of the host's files.
    public var mounts: [BundleMount] {
        let files = [
            (entrypoint, Contract.Bundle.gitGateEntrypoint), (hook, Contract.Bundle.gitGateHook),
            (access, Contract.Bundle.gitGateAccess), (gitleaks, Contract.Bundle.gitleaksConfig),
        ]
        var mounts = files.compactMap { source, target in source.map { BundleMount(source: $0, target: target) } }
        for upstream in upstreams { mounts += [upstream.identity, upstream.knownHosts].compactMap(\.self) }
        return mounts
    }
}
