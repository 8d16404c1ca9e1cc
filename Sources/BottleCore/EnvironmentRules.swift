// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Which variables a manifest may not set, because they would steer an agent around its bottle.
///
/// The bottle isolates without them, but an agent whose traffic goes nowhere, or whose TLS is off, is of no use.
public enum EnvironmentRules {
    /// What is wrong with a variable of a manifest, or nil; a computed one is fine, for the plan overrides it.
    public static func problem(withVariable name: String, value: String) -> String? {
        if GuestEnvironment.computedVariables.contains(name) { return nil }
        let upper = name.uppercased()
        // Many clients read any variable whose name ends so, in any case.
        if upper.hasSuffix("_PROXY") || proxies.contains(upper) {
            return "it would lead traffic past the bottle's proxy, which the bottle sets itself; remove it"
        }
        if trust.contains(upper) {
            return "it would change which certificates are trusted, which the bottle decides; remove it"
        }
        let isLoader = upper.hasPrefix("LD_") || upper.hasPrefix("DYLD_") || upper.hasPrefix("GIT_CONFIG")
        if isLoader || loaders.contains(upper) {
            return "it would load code or settings into every program of the guest; remove it"
        }
        if upper == "NODE_OPTIONS", let option = refusedNodeOption(value) {
            return "its option \(option) would load code or change which certificates are trusted; remove the option"
        }
        return nil
    }

    private static let proxies: Set<String> = [
        "NPM_CONFIG_PROXY", "NPM_CONFIG_NOPROXY", "YARN_PROXY", "GIT_PROXY_COMMAND", "GIT_SSH", "GIT_SSH_COMMAND",
        "CLOUDSDK_PROXY_ADDRESS", "NODE_USE_ENV_PROXY", "HOSTALIASES",
    ]

    private static let trust: Set<String> = [
        "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "GIT_SSL_NO_VERIFY", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
        "CURL_CA_BUNDLE", "CURL_SSL_BACKEND", "SSL_CERT_DIR", "OPENSSL_CONF", "OPENSSL_MODULES", "SSLKEYLOGFILE",
        "NPM_CONFIG_STRICT_SSL", "NPM_CONFIG_CAFILE", "NPM_CONFIG_CA", "CARGO_HTTP_CAINFO", "PIP_CERT",
        "PIP_TRUSTED_HOST", "AWS_CA_BUNDLE", "NODE_USE_SYSTEM_CA",
    ]

    private static let loaders: Set<String> = [
        "BASH_ENV", "ENV", "PROMPT_COMMAND", "SHELLOPTS", "BASHOPTS", "PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME",
        "PERL5OPT", "PERL5LIB", "PERL5DB", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "GCONV_PATH", "GLIBC_TUNABLES", "MALLOC_TRACE", "NODE_PATH",
    ]

    private static let nodeOptions = [
        "--require", "-r", "--import", "--loader", "--experimental-loader", "--use-openssl-ca", "--openssl-config",
        "--tls-keylog", "--openssl-shared-config", "--env-file",
    ]

    private static func refusedNodeOption(_ value: String) -> String? {
        for word in value.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\"" }) {
            // Node takes "_" for "-" in the name of an option.
            let name = String(word.prefix { $0 != "=" }).lowercased().map { $0 == "_" ? "-" : $0 }
            if let known = nodeOptions.first(where: { Array($0) == name }) { return known }
        }
        return nil
    }
}
