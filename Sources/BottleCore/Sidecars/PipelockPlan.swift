// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What pipelock needs in every bottle; its authority is minted at every launch.
public struct PipelockPlan: Sendable, Hashable, Codable {
    /// The hosts that may be reached.
    public var allowlist: [String]
    /// The rendered `pipelock.yaml` on the host.
    public var config: String
    public var authority: CertificateFiles

    /// Decides everything from a plan.
    public init(plan: BottlePlan, paths: BottlePaths.Bottle) {
        allowlist = plan.allowlist
        config = paths.pipelockConfig
        authority = paths.pipelockAuthority
    }

    /// What the bundle sees of the host's files.
    public var mounts: [BundleMount] {
        [
            BundleMount(source: config, target: Contract.Bundle.pipelockConfig),
            BundleMount(source: authority.certificate, target: Contract.Bundle.pipelockCertificate),
            BundleMount(source: authority.key, target: Contract.Bundle.pipelockKey),
        ]
    }
}
