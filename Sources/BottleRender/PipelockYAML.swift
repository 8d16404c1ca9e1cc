// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What the real pipelock's configuration says about a bottle.
package struct PipelockYAMLInput: Sendable, Hashable {
    /// A pattern of a secret of the user's own, besides pipelock's.
    package struct Pattern: Sendable, Hashable {
        package enum Severity: String, Sendable, Hashable, CaseIterable { case low, medium, high, critical }
        package var name: String
        /// RE2, case-insensitive.
        package var regex: String
        package var severity: Severity

        package init(name: String, regex: String, severity: Severity) {
            self.name = name
            self.regex = regex
            self.severity = severity
        }
    }

    /// Host names the proxy lets through: exact, or `*.suffix`.
    package var allowlist: [String]
    /// Hosts whose TLS is passed through unread; without any of pipelock's checks of content, so as a rule none.
    package var passthrough: [String]
    /// Single private addresses to which a listed host may resolve; a suite's own origins, otherwise none.
    package var exemptAddresses: [String]
    package var patterns: [Pattern]
    /// Requests a minute and domain, at least 1; more end in 429.
    package var requestsPerMinute: Int

    package init(
        allowlist: [String], passthrough: [String] = [], exemptAddresses: [String] = [], patterns: [Pattern] = [],
        requestsPerMinute: Int = 600
    ) {
        self.allowlist = allowlist
        self.passthrough = passthrough
        self.exemptAddresses = exemptAddresses
        self.patterns = patterns
        self.requestsPerMinute = requestsPerMinute
    }
}

/// `pipelock.yaml` for the real pipelock, as block YAML that a person can read; only keys of its strict schema.
///
/// Every default that lets something through is spelled out: an omitted key of this file is never the safe choice.
package enum PipelockYAML {
    /// The certificate of the CA that pipelock signs with, in the bundle.
    package static let caCertificatePath = "/etc/pipelock/tls/ca.pem"
    /// Its key, in the bundle; 0600, SEC1 PEM.
    package static let caKeyPath = "/etc/pipelock/tls/ca-key.pem"

    /// The file, one trailing newline included.
    ///
    /// - Throws: `.input` for a host that pipelock would accept and never match, an address or a limit that is none.
    package static func render(_ input: PipelockYAMLInput) throws(BottleError) -> [UInt8] {
        let allowlist = try hosts(input.allowlist, "allowlist entry")
        guard input.requestsPerMinute > 0 else {
            throw BottleError(
                .input,
                "The limit of \(input.requestsPerMinute) requests a minute cannot be used: pipelock reads it as 60.")
        }
        var entries: [YAMLNode.Entry] = [
            .init("version", .number(1)),
            .init("mode", .text("strict")),
            .init("enforce", .bool(true)),
            .init("explain_blocks", .bool(false)),
            // Strict mode is refused without an entry, and no name ends in this one.
            .init("api_allowlist", .texts(allowlist.isEmpty ? [PipelockConfig.nobody] : allowlist)),
            .init(
                "fetch_proxy",
                .map([
                    // The default is loopback, where no guest comes to.
                    .init("listen", .text("0.0.0.0:\(Contract.pipelockPort)")),
                    .init("monitoring", .map([.init("max_requests_per_minute", .number(input.requestsPerMinute))])),
                ])),
            .init("forward_proxy", .map([.init("enabled", .bool(true)), .init("sni_verification", .bool(true))])),
            .init("tls_interception", .map(try interception(input))),
            .init("request_body_scanning", .map(bodyScanning)),
            .init("response_scanning", .map([.init("enabled", .bool(true)), .init("action", .text("block"))])),
            .init("dlp", .map(try dlp(input))),
            .init("internal", .texts(PipelockConfig.internalRanges)),
        ]
        if !input.exemptAddresses.isEmpty {
            let ranges = try unique(input.exemptAddresses).map { address throws(BottleError) in
                "\(try IPv4(address, "exempt address"))/32"
            }
            entries.append(.init("ssrf", .map([.init("ip_allowlist", .texts(ranges))])))
        }
        entries += [
            // Without it the metrics, blocked hosts included, are served to the guest.
            .init("metrics_listen", .text("127.0.0.1:9091")),
            .init("kill_switch", .map([.init("enabled", .bool(false))])),
            .init("sentry", .map([.init("enabled", .bool(false))])),
        ]
        return YAMLNode.document(entries)
    }

    private static let bodyScanning: [YAMLNode.Entry] = [
        .init("enabled", .bool(true)),
        // The default is to warn, which lets the secret go.
        .init("action", .text("block")),
        .init("scan_headers", .bool(true)),
        .init("header_mode", .text("all")),
    ]

    private static func interception(_ input: PipelockYAMLInput) throws(BottleError) -> [YAMLNode.Entry] {
        [
            .init("enabled", .bool(true)),
            .init("ca_cert", .text(caCertificatePath)),
            .init("ca_key", .text(caKeyPath)),
            .init("passthrough_domains", .texts(try hosts(input.passthrough, "passthrough host"))),
        ]
    }

    private static func dlp(_ input: PipelockYAMLInput) throws(BottleError) -> [YAMLNode.Entry] {
        var patterns: [YAMLNode] = []
        for pattern in input.patterns {
            if pattern.name.isEmpty || pattern.regex.isEmpty {
                throw BottleError(.input, "A pattern of a secret has no name or no expression: give both.")
            }
            patterns.append(
                .map([
                    .init("name", .text(pattern.name)),
                    .init("regex", .text(pattern.regex)),
                    .init("severity", .text(pattern.severity.rawValue)),
                ]))
        }
        return [
            .init("scan_env", .bool(true)),
            .init("include_defaults", .bool(true)),
            .init("patterns", .list(patterns)),
        ]
    }

    /// Bare names in lower case, each once, in order; anything else is accepted by pipelock and matches nothing.
    private static func hosts(_ hosts: [String], _ what: String) throws(BottleError) -> [String] {
        for host in hosts {
            try RenderRules.manifest(ManifestRules.problem(withAllowedHost: host), what, host)
        }
        return unique(hosts.map { $0.lowercased() })
    }

    private static func unique(_ texts: [String]) -> [String] {
        Set(texts).sorted(by: CodePointOrder.precedes)
    }
}
