// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// `pipelock.yaml` as the real pipelock reads it; only keys of its strict schema, in the JSON syntax of YAML.
///
/// An omitted key of this file is never the safe choice: the defaults are balanced mode, no forward proxy and warnings
/// instead of blocks, so every default that lets something through is spelled out. JSON syntax, because the reference
/// pipelock is one static executable whose strict parser reads that part of YAML.
package enum PipelockConfig {
    /// Private, loopback, link-local, shared and multicast ranges: a listed host that resolves there is blocked.
    package static let internalRanges = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
    ]

    /// Stands in an allowlist that would be empty: pipelock refuses strict mode without an entry, and no name ends in it.
    package static let nobody = "none.invalid"

    /// The CA with which pipelock opens TLS, in the bundle: a certificate, and a SEC1 key that is 0600.
    package static let authority = CertificateFiles(
        certificate: Contract.Bundle.pipelockCertificate, key: Contract.Bundle.pipelockKey)

    /// The file, one trailing newline included.
    ///
    /// - Throws: `.input` for a host that pipelock would accept and never match, an address or a limit that is none.
    package static func render(_ input: PipelockInput) throws(BottleError) -> [UInt8] {
        let isOpen = input.policy == .open
        var allowlist = try hosts(input.allowlist, "allowlist entry")
        if allowlist.isEmpty, input.policy != .strictAsGiven { allowlist = [nobody] }
        guard input.requestsPerMinute > 0 else {
            throw BottleError(
                .input,
                "The limit of \(input.requestsPerMinute) requests a minute cannot be used: pipelock reads it as 60.")
        }
        var entries: [YAMLNode.Entry] = [
            .init("version", .number(1)),
            .init("mode", .text(isOpen ? "balanced" : "strict")),
            .init("enforce", .bool(true)),
            .init("explain_blocks", .bool(false)),
            .init("api_allowlist", .texts(allowlist)),
            .init(
                "fetch_proxy",
                .map([
                    // Every address: the guest comes to the bundle's own one, egress to 127.0.0.1. The default is
                    // loopback, where no guest comes to.
                    .init("listen", .text("0.0.0.0:\(Contract.pipelockPort)")),
                    .init("monitoring", .map([.init("max_requests_per_minute", .number(input.requestsPerMinute))])),
                ])),
            .init("forward_proxy", .map([.init("enabled", .bool(true)), .init("sni_verification", .bool(true))])),
            .init("tls_interception", .map(try interception(input))),
            .init("request_body_scanning", .map(bodyScanning)),
            .init("response_scanning", .map([.init("enabled", .bool(true)), .init("action", .text("block"))])),
            .init("dlp", .map(try dlp(input))),
            .init("internal", .texts(isOpen ? [] : internalRanges)),
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
        return YAMLNode.json(entries)
    }

    private static let bodyScanning: [YAMLNode.Entry] = [
        .init("enabled", .bool(true)),
        // The default is to warn, which lets the secret go.
        .init("action", .text("block")),
        .init("scan_headers", .bool(true)),
        .init("header_mode", .text("all")),
    ]

    private static func interception(_ input: PipelockInput) throws(BottleError) -> [YAMLNode.Entry] {
        guard let files = input.interception else {
            guard input.passthrough.isEmpty else {
                throw BottleError(
                    .input, "A host is passed through unread only where TLS is opened at all: name a CA, or no host.")
            }
            return [.init("enabled", .bool(false))]
        }
        try RenderRules.path(files.certificate, "certificate of the CA")
        try RenderRules.path(files.key, "key of the CA")
        return [
            .init("enabled", .bool(true)),
            .init("ca_cert", .text(files.certificate)),
            .init("ca_key", .text(files.key)),
            .init("passthrough_domains", .texts(try hosts(input.passthrough, "passthrough host"))),
        ]
    }

    private static func dlp(_ input: PipelockInput) throws(BottleError) -> [YAMLNode.Entry] {
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
