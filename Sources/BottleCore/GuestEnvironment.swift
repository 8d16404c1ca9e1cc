// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The environment of every process in a guest, computed from the plan; HOME, USER and PATH are the backend's.
public enum GuestEnvironment {
    /// The variables that keep the agent from phoning home; a manifest may override them.
    public static let defaults = [
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_ERROR_REPORTING": "1",
    ]

    /// The role of a route whose token stands in for the agent's own login.
    public static let oauthRole = "claude_code_oauth"

    /// The environment for a bottle: defaults, over them the manifest's, over those everything that is computed.
    public static func make(
        addresses: AddressPlan, manifest env: [String: String], routes: [Manifest.Route]
    ) -> [String: String] {
        defaults.merging(env) { _, manifest in manifest }
            .merging(computed(addresses: addresses, routes: routes)) { _, computed in computed }
    }

    private static func computed(addresses: AddressPlan, routes: [Manifest.Route]) -> [String: String] {
        let proxy = "http://\(addresses.bundle):\(Contract.pipelockPort)"
        let direct = "localhost,127.0.0.1"
        // Both cases: curl ignores HTTP_PROXY for http URLs, other clients ignore http_proxy.
        var result = [
            "HTTPS_PROXY": proxy, "https_proxy": proxy,
            "HTTP_PROXY": proxy, "http_proxy": proxy,
            "NO_PROXY": direct, "no_proxy": direct,
        ]
        for name in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
            result[name] = Contract.caBundlePath
        }
        if routes.contains(where: { $0.role == oauthRole }) {
            result["CLAUDE_CODE_OAUTH_TOKEN"] = Contract.placeholderToken
        }
        return result
    }
}
