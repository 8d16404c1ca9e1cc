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

    /// The variable that holds the agent's own login; in a guest it is the placeholder or it is not there.
    public static let oauthVariable = "CLAUDE_CODE_OAUTH_TOKEN"

    /// Every variable that only the plan decides: what a manifest says of them never reaches a guest.
    ///
    /// Both cases of the proxies: curl ignores HTTP_PROXY for http URLs, other clients ignore http_proxy.
    public static let computedVariables: Set<String> = [
        "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "GIT_GATE_URL", "MCP_SUPERVISE_URL", oauthVariable,
    ]

    /// The environment for a bottle: defaults, over them the manifest's, over those everything that is computed.
    ///
    /// A computed variable that this bottle does not have is absent, also when the manifest sets it.
    public static func make(
        addresses: AddressPlan, manifest env: [String: String], routes: [Manifest.Route], git: Bool = false,
        supervise: Bool = false
    ) -> [String: String] {
        defaults.merging(env.filter { !computedVariables.contains($0.key) }) { _, manifest in manifest }
            .merging(computed(addresses: addresses, routes: routes, git: git, supervise: supervise)) { $1 }
    }

    /// The root of what git-gate serves: `git://<bundle>:9418`.
    public static func gateURL(addresses: AddressPlan) -> String {
        "git://\(addresses.bundle):\(Contract.gitGatePort)"
    }

    /// The address of supervise: `http://<bundle>:9100`.
    public static func superviseURL(addresses: AddressPlan) -> String {
        "http://\(addresses.bundle):\(Contract.supervisePort)"
    }

    private static func computed(
        addresses: AddressPlan, routes: [Manifest.Route], git: Bool, supervise: Bool
    ) -> [String: String] {
        var result: [String: String] = [:]
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            result[name] = "http://\(addresses.bundle):\(Contract.pipelockPort)"
        }
        for name in ["NO_PROXY", "no_proxy"] {
            // Without the bundle's own address a client of supervise would ask pipelock for it.
            result[name] = "localhost,127.0.0.1" + (supervise ? ",\(addresses.bundle)" : "")
        }
        for name in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
            result[name] = Contract.caBundlePath
        }
        if git { result["GIT_GATE_URL"] = gateURL(addresses: addresses) }
        if supervise { result["MCP_SUPERVISE_URL"] = superviseURL(addresses: addresses) }
        if routes.contains(where: { $0.role == oauthRole }) { result[oauthVariable] = Contract.placeholderToken }
        return result
    }
}
