// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Everything that is decided before anything is started.
public struct BottlePlan: Sendable, Hashable, Codable {
    /// `[a-z0-9-]`, bounded, never a path or a flag; names every resource of the bottle.
    public var slug: String
    public var agentName: String
    public var addresses: AddressPlan
    /// The full environment of every exec in the guest.
    public var guestEnvironment: [String: String]
    /// The agent's prompt, byte for byte what must land in the guest.
    public var prompt: String
    public var allowlist: [String]
    public var routes: [Manifest.Route]
    /// The daemons that run in the bundle, in order.
    public var daemons: [String]
    /// The repositories that git-gate forwards to.
    public var gitUpstreams: [Manifest.GitUpstream]
    /// Whether the bundle runs supervise.
    public var supervise: Bool
    /// The skills that are copied into the guest.
    public var skills: [String]
    /// Whether the guest gets a copy of the directory that the user works in.
    public var copyCwd: Bool

    /// The name of every owned resource.
    public var machineName: String { "claude-bottle-\(slug)" }
    /// The only destinations of the guest.
    public var allowCIDRs: [String] { ["\(addresses.bundle)/32"] }
    /// The daemons in the form in which a bundle is told: `egress,pipelock`, then `git-gate`, then `supervise`.
    public var daemonsCSV: String { daemons.joined(separator: ",") }
    /// The command line of the agent in the guest; an empty prompt is no argument, though its file exists.
    public var agentCommand: [String] {
        ["claude"] + (prompt.isEmpty ? [] : ["--append-system-prompt-file", Contract.promptPath])
    }

    /// The address at which the guest finds a repository: `git://<bundle>:9418/<name>.git`.
    public func gateURL(of upstream: Manifest.GitUpstream) -> String {
        "\(GuestEnvironment.gateURL(addresses: addresses))/\(upstream.name).git"
    }

    public init(
        slug: String, agentName: String, addresses: AddressPlan, guestEnvironment: [String: String], prompt: String,
        allowlist: [String], routes: [Manifest.Route], daemons: [String],
        gitUpstreams: [Manifest.GitUpstream] = [], supervise: Bool = false, skills: [String] = [],
        copyCwd: Bool = false
    ) {
        self.slug = slug
        self.agentName = agentName
        self.addresses = addresses
        self.guestEnvironment = guestEnvironment
        self.prompt = prompt
        self.allowlist = allowlist
        self.routes = routes
        self.daemons = daemons
        self.gitUpstreams = gitUpstreams
        self.supervise = supervise
        self.skills = skills
        self.copyCwd = copyCwd
    }
}

/// The fixed ports, paths and names of the bottle contract, shared by all backends.
public enum Contract {
    public static let pipelockPort: UInt16 = 8888
    public static let egressPort: UInt16 = 9099
    public static let gitGatePort: UInt16 = 9418
    public static let supervisePort: UInt16 = 9100
    public static let agentUser = "node"
    public static let agentUID: UInt32 = 1000
    public static let agentHome = "/home/node"
    public static let promptPath = "/home/node/.claude-bottle-prompt.txt"
    public static let caBundlePath = "/etc/ssl/certs/ca-certificates.crt"
    public static let placeholderToken = "egress-placeholder"
    public static let egressUpstreamProxy = "http://127.0.0.1:8888"
    /// Where the probe stands in a guest and in a bundle.
    public static let probePath = "/bottle/probe"
    /// Where a harness puts the probe's helper for TLS into a guest that is to speak it.
    public static let secureHelperPath = "\(agentHome)/.bottle-tls"
}
