// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// `pipelock.yaml` as the real pipelock reads it, in the JSON subset of YAML; only keys that a bottle needs.
///
/// An omitted key of this file is never the safe choice: the defaults are balanced mode, no forward proxy and warnings
/// instead of blocks, so everything that matters is spelled out.
package struct PipelockConfig: Sendable, Hashable, Encodable {
    /// Private, loopback, link-local, shared and multicast ranges: a listed host that resolves there is blocked.
    package static let internalRanges = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
    ]

    /// Stands in an allowlist that would be empty: pipelock refuses strict mode without an entry, and no name ends in it.
    package static let nobody = "none.invalid"

    private let allowlist: [String]
    private let open: Bool

    /// The policy for a plan; with `open` it lets everything through, internal addresses included (the open twin).
    ///
    /// - Parameter admitsEmptyAllowlist: Renders an empty allowlist as such, which the real pipelock refuses: for the
    ///   fault that is about just that.
    package init(plan: BottlePlan, open: Bool, admitsEmptyAllowlist: Bool = false) {
        let isEmpty = plan.allowlist.isEmpty && !admitsEmptyAllowlist
        allowlist = isEmpty ? [PipelockConfig.nobody] : plan.allowlist.sorted()
        self.open = open
    }

    /// The file: deterministic, sorted keys, one trailing newline.
    package func rendered() throws(BottleError) -> [UInt8] { try JSONDocument.render(self, file: "pipelock.yaml") }

    private struct Listen: Encodable { let listen: String }
    private struct Enabled: Encodable { let enabled: Bool }
    private struct BodyScanning: Encodable {
        enum CodingKeys: String, CodingKey {
            case enabled, action
            case scanHeaders = "scan_headers"
            case headerMode = "header_mode"
        }
        let enabled = true
        // The default is to warn, which lets the secret go.
        let action = "block"
        let scanHeaders = true
        let headerMode = "all"
    }

    private enum Key: String, CodingKey {
        case version, mode, enforce, sentry
        case `internal`
        case apiAllowlist = "api_allowlist"
        case fetchProxy = "fetch_proxy"
        case forwardProxy = "forward_proxy"
        case requestBodyScanning = "request_body_scanning"
        case metricsListen = "metrics_listen"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(1, forKey: .version)
        try container.encode(open ? "balanced" : "strict", forKey: .mode)
        try container.encode(true, forKey: .enforce)
        try container.encode(allowlist, forKey: .apiAllowlist)
        // Every address: the guest comes to the bundle's own one, egress to 127.0.0.1.
        try container.encode(Listen(listen: "0.0.0.0:\(Contract.pipelockPort)"), forKey: .fetchProxy)
        try container.encode(Enabled(enabled: true), forKey: .forwardProxy)
        try container.encode(BodyScanning(), forKey: .requestBodyScanning)
        // Without it the metrics, blocked hosts included, are served to the guest.
        try container.encode("127.0.0.1:9091", forKey: .metricsListen)
        try container.encode(Enabled(enabled: false), forKey: .sentry)
        try container.encode(open ? [] : PipelockConfig.internalRanges, forKey: .internal)
    }
}
