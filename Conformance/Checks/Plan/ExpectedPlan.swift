// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// What a plan has to say: the contract, written down a second time.
///
/// Nothing here asks the reference's own code for a value, so that a mistake of the reference is a difference and not an
/// agreement. Only the declaration's types are shared.
struct ExpectedPlan {
    let bottle: Manifest.Bottle
    let agent: Manifest.Agent
    let slug: String

    /// Nil when the manifest of the step does not have the agent or its bottle.
    init?(_ step: PlanStep) {
        guard let agent = step.manifest.agents[step.agentName], let bottle = step.manifest.bottles[agent.bottle] else {
            return nil
        }
        (self.agent, self.bottle, slug) = (agent, bottle, step.slug)
    }

    /// FNV-1a, 64 bit, of the slug's bytes, modulo 254; docker's own 17 becomes 254.
    static func octet(of slug: String) -> Int {
        let hash = slug.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)).multipliedReportingOverflow(by: 1_099_511_628_211).partialValue
        }
        let rest = Int(hash % 254)
        return rest == 17 ? 254 : rest
    }

    var subnet: String { "10.77.\(Self.octet(of: slug)).0/24" }
    var gateway: String { "10.77.\(Self.octet(of: slug)).1" }
    var bundle: String { "10.77.\(Self.octet(of: slug)).2" }
    var machine: String { "claude-bottle-\(slug)" }
    var allow: [String] { ["\(bundle)/32"] }

    var daemons: [String] {
        ["egress", "pipelock"] + (bottle.gitUpstreams.isEmpty ? [] : ["git-gate"])
            + (bottle.supervise ? ["supervise"] : [])
    }

    var agentCommand: [String] {
        guard let prompt = agent.prompt, !prompt.isEmpty else { return ["claude"] }
        return ["claude", "--append-system-prompt-file", "/home/node/.claude-bottle-prompt.txt"]
    }

    /// In lower case, each once, in the order of the manifest.
    var allowlist: [String] {
        var hosts: [String] = []
        for host in bottle.allowlist.map({ $0.lowercased() }) where !hosts.contains(host) { hosts.append(host) }
        return hosts
    }

    /// Each once, sorted.
    var tokens: [String] { Set(bottle.routes.map(\.tokenVariable)).sorted() }

    // MARK: Environment of the guest

    /// What only the plan decides, whether this bottle has it or not.
    static let computed: Set<String> = [
        "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "GIT_GATE_URL", "MCP_SUPERVISE_URL", "CLAUDE_CODE_OAUTH_TOKEN",
    ]
    static let trust = "/etc/ssl/certs/ca-certificates.crt"
    static let placeholder = "egress-placeholder"
    static let telemetry = ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_ERROR_REPORTING": "1"]

    /// The variables of proxy and trust, which every bottle has.
    var access: [String: String] {
        let exceptions = "localhost,127.0.0.1" + (bottle.supervise ? ",\(bundle)" : "")
        return [
            "HTTPS_PROXY": "http://\(bundle):8888", "https_proxy": "http://\(bundle):8888",
            "HTTP_PROXY": "http://\(bundle):8888", "http_proxy": "http://\(bundle):8888",
            "NO_PROXY": exceptions, "no_proxy": exceptions,
            "NODE_EXTRA_CA_CERTS": Self.trust, "SSL_CERT_FILE": Self.trust, "REQUESTS_CA_BUNDLE": Self.trust,
        ]
    }

    /// The addresses of the sidecars that only some bottles have; nil is a variable that has to be absent.
    var services: [String: String?] {
        [
            "GIT_GATE_URL": bottle.gitUpstreams.isEmpty ? nil : "git://\(bundle):9418",
            "MCP_SUPERVISE_URL": bottle.supervise ? "http://\(bundle):9100" : nil,
        ]
    }

    var hasLogin: Bool { bottle.routes.contains { $0.role == "claude_code_oauth" } }

    var environment: [String: String] {
        var result = Self.telemetry
        for (name, value) in bottle.env where !Self.computed.contains(name) { result[name] = value }
        for (name, value) in access { result[name] = value }
        for (name, value) in services { result[name] = value }
        if hasLogin { result["CLAUDE_CODE_OAUTH_TOKEN"] = Self.placeholder }
        return result
    }
}
