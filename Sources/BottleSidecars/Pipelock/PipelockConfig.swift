// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// `pipelock.yaml`, written in JSON syntax: the keys of the real pipelock that a bottle needs, strictly decoded.
package struct PipelockConfig: Sendable {
    package enum Mode: String, Sendable, CaseIterable { case strict, balanced, audit }

    package var mode = Mode.balanced
    package var enforce = true
    package var allowlist = Allowlist()
    package var listenHost = IPAddress.loopback
    package var listenPort: UInt16 = 8888
    package var isForwardProxy = false
    /// Seconds.
    package var maxTunnelSeconds = 300
    /// Seconds.
    package var idleTimeoutSeconds = 120
    /// The CA with which TLS is opened; nil passes tunnels through unread.
    package var authority: CertificateFiles?
    /// Hosts whose tunnels are passed through unread all the same.
    package var passthrough = Allowlist()
    /// Whether a tunnel that is passed through is for the host that its TLS names.
    package var verifiesServerNames = true
    package var internalRanges = AddressRange.usualInternal
    /// Hosts and ranges that `internalRanges` does not hold back.
    package var trusted = Allowlist()
    package var exemptRanges: [AddressRange] = []
    package var secrets = SecretPolicy()
    /// Bits of entropy that a byte of a label may have which a client made up below an allowed `*.name`.
    package var labelEntropy = Self.usualLabelEntropy
    /// The default of the real pipelock.
    private static let usualLabelEntropy = 4.0
    /// Protections the file asks for and this reference does not have, by key.
    package var unavailable: [String] = []

    /// Whether hosts that are not listed are refused.
    package var isAllowlistEnforced: Bool { mode == .strict && enforce }

    /// Decodes a document; throws `.input` with one sentence that names the file and the place.
    package init(document: [UInt8], file: String) throws(BottleError) {
        let root = try ConfigNode(document: document, file: file)
        let keys = try root.object(known: Self.sections)
        for (name, node) in keys.sorted(by: { $0.key < $1.key }) { try decode(name, node) }
        if secrets.scansBodies, secrets.isWarningOnly {
            unavailable.append("request_body_scanning that warns: its action has to be block")
        }
    }

    private static let sections: Set<String> = [
        "version", "mode", "enforce", "explain_blocks", "api_allowlist", "fetch_proxy", "forward_proxy",
        "tls_interception", "request_body_scanning", "response_scanning", "dlp", "internal", "trusted_domains", "ssrf",
        "metrics_listen", "kill_switch", "sentry", "logging",
    ]

    private mutating func decode(_ name: String, _ node: ConfigNode) throws(BottleError) {
        switch name {
        case "version": _ = try node.integer(in: 1...2)
        case "mode":
            let text = try node.string()
            guard let mode = Mode(rawValue: text) else {
                throw node.failure("invalid mode '\(text)': must be strict, balanced or audit")
            }
            self.mode = mode
        case "enforce": enforce = try node.bool()
        case "explain_blocks": _ = try node.bool()
        case "api_allowlist": allowlist = try Self.hosts(node)
        case "trusted_domains": trusted = try Self.hosts(node)
        case "internal": internalRanges = try Self.ranges(node)
        case "ssrf":
            if let ranges = try node.object(known: ["ip_allowlist"])["ip_allowlist"] {
                exemptRanges = try Self.ranges(ranges)
            }
        case "fetch_proxy": try decodeFetchProxy(node)
        case "forward_proxy": try decodeForwardProxy(node)
        case "tls_interception": try decodeInterception(node)
        case "kill_switch":
            let keys = try node.object(known: ["enabled", "sentinel_file", "api_token", "api_listen"])
            if let enabled = keys["enabled"], try enabled.bool() {
                throw enabled.failure("this reference has no kill switch: set it to false")
            }
        case "request_body_scanning": try decodeBodyScanning(node)
        case "response_scanning": try noteResponseScanning(node)
        case "dlp": try decodePatterns(node)
        case "metrics_listen": _ = try node.string()
        default: _ = try node.members()
        }
    }

    private mutating func decodeFetchProxy(_ node: ConfigNode) throws(BottleError) {
        let keys = try node.object(known: ["listen", "monitoring"])
        if let monitoring = keys["monitoring"] {
            let limits = try monitoring.object(known: [
                "max_requests_per_minute", "max_url_length", "entropy_threshold", "subdomain_entropy_threshold",
                "blocklist",
            ])
            for (name, limit) in limits {
                if name == "blocklist" { _ = try limit.strings() } else { try limit.number() }
                if name == "subdomain_entropy_threshold" {
                    // Zero and less do not turn it off in the real one either.
                    let number = try limit.number()
                    labelEntropy = number > 0 ? number : Self.usualLabelEntropy
                }
            }
        }
        guard let listen = keys["listen"] else { return }
        let text = try listen.string()
        guard let address = HostPort(authority: text, defaultPort: nil), case .literal(let host) = address.host else {
            throw listen.failure("'\(text)' is not ADDRESS:PORT, for example 0.0.0.0:8888")
        }
        listenHost = host
        listenPort = address.port
    }

    private mutating func decodeForwardProxy(_ node: ConfigNode) throws(BottleError) {
        let keys = try node.object(known: [
            "enabled", "max_tunnel_seconds", "idle_timeout_seconds", "sni_verification",
        ])
        if let enabled = keys["enabled"] { isForwardProxy = try enabled.bool() }
        if let seconds = keys["max_tunnel_seconds"] { maxTunnelSeconds = try seconds.integer(in: 1...86400) }
        if let seconds = keys["idle_timeout_seconds"] { idleTimeoutSeconds = try seconds.integer(in: 1...86400) }
        if let flag = keys["sni_verification"] { verifiesServerNames = try flag.bool() }
    }

    private mutating func decodeInterception(_ node: ConfigNode) throws(BottleError) {
        let keys = try node.object(known: [
            "enabled", "ca_cert", "ca_key", "passthrough_domains", "cert_ttl", "cert_cache_size", "max_response_bytes",
        ])
        let certificate = try keys["ca_cert"]?.string() ?? ""
        let key = try keys["ca_key"]?.string() ?? ""
        if let hosts = keys["passthrough_domains"], !hosts.isNull { passthrough = try Self.hosts(hosts) }
        // Limits of the real one: leaves live for a day here, and nothing is kept of an answer.
        if let duration = keys["cert_ttl"] { _ = try duration.string() }
        for name in ["cert_cache_size", "max_response_bytes"] { try keys[name]?.number() }
        guard let enabled = keys["enabled"], try enabled.bool() else { return }
        // The real one falls back to files in its home directory, where a bundle has none.
        guard certificate.isEmpty == false, key.isEmpty == false else {
            throw enabled.failure("TLS can be opened with both halves of a CA only: give ca_cert and ca_key")
        }
        authority = CertificateFiles(certificate: certificate, key: key)
    }

    private mutating func decodeBodyScanning(_ node: ConfigNode) throws(BottleError) {
        let keys = try node.object(known: ["enabled", "action", "scan_headers", "header_mode", "max_body_bytes"])
        // Left out or null means on, as in the real pipelock.
        if let enabled = keys["enabled"], !enabled.isNull { secrets.scansBodies = try enabled.bool() }
        secrets.scansHeaders = secrets.scansBodies
        if let flag = keys["scan_headers"], !flag.isNull {
            secrets.scansHeaders = try flag.bool() && secrets.scansBodies
        }
        if let action = keys["action"] {
            secrets.isWarningOnly = try choice(action, ["warn", "block"]) == "warn"
        }
        if let mode = keys["header_mode"] {
            secrets.isSensitiveOnly = try choice(mode, ["sensitive", "all"]) == "sensitive"
        }
        if let limit = keys["max_body_bytes"] { secrets.maxBodyBytes = try limit.integer(in: 1...(1 << 40)) }
    }

    private mutating func noteResponseScanning(_ node: ConfigNode) throws(BottleError) {
        let keys = try node.object(known: ["enabled", "action"])
        if let action = keys["action"] { _ = try choice(action, ["strip", "warn", "block", "ask"]) }
        guard let enabled = keys["enabled"], !enabled.isNull, try !enabled.bool() else {
            unavailable.append("response_scanning")
            return
        }
    }

    private mutating func decodePatterns(_ node: ConfigNode) throws(BottleError) {
        let keys = try node.object(known: ["scan_env", "include_defaults", "patterns"])
        // No value of an environment is looked for: this program is given none.
        if let flag = keys["scan_env"], !flag.isNull { _ = try flag.bool() }
        var usual = SecretPattern.usual
        if let flag = keys["include_defaults"], !flag.isNull, try !flag.bool() { usual = [] }
        var own: [SecretPatterns.Own] = []
        for pattern in try keys["patterns"]?.array() ?? [] {
            let fields = try pattern.object(known: ["name", "regex", "severity", "validator", "exempt_domains"])
            guard let name = fields["name"], let regex = fields["regex"] else {
                throw pattern.failure("a pattern needs name and regex")
            }
            let (title, text) = (try name.string(), try regex.string())
            guard !text.isEmpty, let one = try? SecretPatterns.Own(name: title, regex: text) else {
                throw regex.failure("is no regular expression that can be used")
            }
            own.append(one)
        }
        if usual.isEmpty || !own.isEmpty { secrets.patterns = SecretPatterns(usual: usual, own: own) }
    }

    private func choice(_ node: ConfigNode, _ words: [String]) throws(BottleError) -> String {
        let word = try node.string()
        guard words.contains(word) else {
            throw node.failure("'\(word)' must be one of \(words.joined(separator: ", "))")
        }
        return word
    }

    private static func hosts(_ node: ConfigNode) throws(BottleError) -> Allowlist {
        var list = Allowlist()
        for element in try node.array() {
            let entry = try element.string()
            guard list.insert(entry) else {
                throw element.failure("'\(entry)' is no host name or *.host name and would match nothing")
            }
        }
        return list
    }

    private static func ranges(_ node: ConfigNode) throws(BottleError) -> [AddressRange] {
        var ranges: [AddressRange] = []
        for element in try node.array() {
            let text = try element.string()
            guard let range = AddressRange(text) else {
                throw element.failure("'\(text)' is no CIDR block with clear host bits, for example 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }
}
