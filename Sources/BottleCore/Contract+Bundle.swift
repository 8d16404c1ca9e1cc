// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension Contract {
    /// The paths in a bundle: constants, so that every backend mounts to the same places.
    public enum Bundle {
        public static let pipelockConfig = "/etc/bottle/pipelock.yaml"
        public static let pipelockCertificate = "/etc/bottle/pipelock-ca.pem"
        public static let pipelockKey = "/etc/bottle/pipelock-ca-key.pem"
        public static let routes = "/etc/bottle/routes.yaml"
        public static let egressCertificate = "/etc/bottle/egress-ca.pem"
        public static let egressKey = "/etc/bottle/egress-ca-key.pem"
        /// Whom pipelock trusts upstream besides the system's authorities; there only where somebody is named.
        public static let upstreamTrust = "/etc/bottle/upstream-trust.pem"
        /// The directory of git-gate's scripts; not writable for git daemon.
        public static let gitGateScripts = "/etc/bottle/git-gate"
        public static let gitGateEntrypoint = "\(gitGateScripts)/entrypoint.sh"
        public static let gitGateHook = "\(gitGateScripts)/hooks/pre-receive"
        public static let gitGateAccess = "\(gitGateScripts)/access"
        public static let gitleaksConfig = "\(gitGateScripts)/gitleaks.toml"
        /// The bare repositories that the gate serves.
        public static let gitGateRepositories = "/srv/git"
        /// One file an upstream, by its name.
        public static let gitGateIdentities = "/etc/bottle/git-gate/identities"
        /// One file an upstream, by its name.
        public static let gitGateKnownHosts = "/etc/bottle/git-gate/known_hosts"
        public static let superviseQueue = "/var/lib/bottle/supervise"
    }

    /// The variables of a bundle; those that hold tokens are named by the manifest.
    public enum BundleVariable {
        /// Where egress sends everything: pipelock on the bundle's own loopback.
        public static let egressUpstreamProxy = "EGRESS_UPSTREAM_PROXY"
        public static let superviseQueue = "SUPERVISE_QUEUE_DIR"
        /// The bottle that a proposal is recorded for, whatever its text claims.
        public static let superviseSlug = "SUPERVISE_BOTTLE_SLUG"
        /// All of them: no token may be named so.
        public static let all: Set<String> = [egressUpstreamProxy, superviseQueue, superviseSlug]
    }
}
