// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a user declares: bottles and the agents that run in them (`bottle.yaml`).
public struct Manifest: Sendable, Hashable, Codable {
    public var bottles: [String: Bottle]
    public var agents: [String: Agent]

    public init(bottles: [String: Bottle], agents: [String: Agent]) {
        self.bottles = bottles
        self.agents = agents
    }

    /// One bottle: its environment, what it may reach, and which sidecars it has.
    public struct Bottle: Sendable, Hashable, Codable {
        /// Variables passed through to the guest; computed keys win over them.
        public var env: [String: String]
        /// Host names the proxy lets through: exact, or `*.suffix`.
        public var allowlist: [String]
        /// Hosts for which egress injects a credential.
        public var routes: [Route]
        /// The repositories that git-gate forwards to; without one there is no git-gate.
        public var gitUpstreams: [GitUpstream]
        /// Whether the bundle runs supervise.
        public var supervise: Bool

        public init(
            env: [String: String] = [:], allowlist: [String] = [], routes: [Route] = [],
            gitUpstreams: [GitUpstream] = [], supervise: Bool = false
        ) {
            self.env = env
            self.allowlist = allowlist
            self.routes = routes
            self.gitUpstreams = gitUpstreams
            self.supervise = supervise
        }
    }

    /// A repository that the guest reaches through git-gate only, as `git://<bundle>:9418/<name>.git`.
    public struct GitUpstream: Sendable, Hashable, Codable {
        /// The name of the repository at the gate.
        public var name: String
        /// Where the repository really is: `ssh://`, `user@host:path` or `https://`.
        public var url: String
        /// The file with the private key for `url`, relative to the manifest's directory.
        public var identity: String?
        /// The file with the host keys that `url` may show, relative to the manifest's directory.
        public var knownHosts: String?

        public init(name: String, url: String, identity: String? = nil, knownHosts: String? = nil) {
            self.name = name
            self.url = url
            self.identity = identity
            self.knownHosts = knownHosts
        }
    }

    /// A host whose requests get a credential injected by egress.
    public struct Route: Sendable, Hashable, Codable {
        public enum Scheme: String, Sendable, Hashable, Codable { case http, https }
        public var host: String
        /// `https` unless declared otherwise; injection on plain HTTP happens only on a route that says `http`.
        public var scheme: Scheme
        /// The port; 443 or 80 by scheme when nil.
        public var port: UInt16?
        /// The name of the host variable that holds the token; the value never stands in a manifest.
        public var tokenVariable: String
        /// What the route is for, for example `claude_code_oauth`.
        public var role: String?

        public init(
            host: String, scheme: Scheme = .https, port: UInt16? = nil, tokenVariable: String, role: String? = nil
        ) {
            self.host = host
            self.scheme = scheme
            self.port = port
            self.tokenVariable = tokenVariable
            self.role = role
        }

        public var effectivePort: UInt16 { port ?? (scheme == .https ? 443 : 80) }
    }

    /// An agent: the bottle it runs in and what it brings along.
    public struct Agent: Sendable, Hashable, Codable {
        public var bottle: String
        /// Text that lands in the guest's prompt file; nil and "" both mean an empty file.
        public var prompt: String?
        /// The skills that are copied into the guest, each a directory `skills/<name>` beside the manifest.
        public var skills: [String]
        /// Whether the guest gets a copy of the directory that the user works in.
        public var copyCwd: Bool

        public init(bottle: String, prompt: String? = nil, skills: [String] = [], copyCwd: Bool = false) {
            self.bottle = bottle
            self.prompt = prompt
            self.skills = skills
            self.copyCwd = copyCwd
        }
    }
}
