// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What names, hosts and variables in a manifest may look like; every rule returns what is wrong, or nil.
public enum ManifestRules {
    /// The name of a bottle or an agent.
    public static func problem(withName name: String) -> String? {
        let bytes = Array(name.utf8)
        let fits = (1...64).contains(bytes.count) && bytes.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
        guard fits, let first = bytes.first, isAlphanumeric(first) else {
            return "a name is 1 to 64 letters, digits, \".\", \"_\" or \"-\" and begins with a letter or a digit"
        }
        return nil
    }

    /// An entry of an allowlist: an exact host name or `*.suffix`.
    public static func problem(withAllowedHost host: String) -> String? {
        guard host.hasPrefix("*.") else { return problem(withHost: host) }
        return problem(withHost: String(host.dropFirst(2)))
    }

    /// An exact host name: no scheme, no port, no wildcard, no IP address.
    public static func problem(withHost host: String) -> String? {
        let expected = "expected a bare host name such as \"api.example.com\""
        if host.isEmpty { return "it is empty; \(expected)" }
        if host.contains("://") { return "it has a scheme; \(expected)" }
        if host.contains("*") { return "\"*\" may stand only in an allowlist, as a leading \"*.\"" }
        if looksLikeAddress(host) { return "it is an IP address, which no allowlist or route takes; \(expected)" }
        if host.contains(":") { return "it has a port; \(expected)" }
        if host.contains("/") { return "it has a path; \(expected)" }
        if host.utf8.count > 253 { return "it is longer than 253 bytes; \(expected)" }
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for label in labels {
            let dash = UInt8(ascii: "-")
            guard (1...63).contains(label.count), label.first != dash, label.last != dash,
                label.allSatisfy({ isAlphanumeric($0) || $0 == dash || $0 == UInt8(ascii: "_") })
            else { return "it is not a host name; \(expected)" }
        }
        return nil
    }

    /// The name of an environment variable of the guest.
    public static func problem(withVariable name: String) -> String? {
        let bytes = Array(name.utf8)
        let fits = (1...128).contains(bytes.count) && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        guard fits, let first = bytes.first, !isDigit(first) else {
            return "a variable's name is letters, digits and \"_\" and does not begin with a digit"
        }
        return nil
    }

    /// The name of the host variable that holds a token.
    public static func problem(withTokenVariable name: String) -> String? {
        let lower = name.utf8.contains { (0x61...0x7a).contains($0) }
        guard problem(withVariable: name) == nil, !lower else {
            return "a token is named by its variable: A-Z, 0-9 and \"_\", not beginning with a digit; never its value"
        }
        let isTaken =
            name != GuestEnvironment.oauthVariable && GuestEnvironment.computedVariables.contains(name)
            || Contract.BundleVariable.all.contains(name)
            || EnvironmentRules.problem(withVariable: name, value: "") != nil
        return isTaken ? "programs read the variable \(name) for something else; name the token otherwise" : nil
    }

    /// The value of an environment variable: the kernel ends it at the first NUL byte.
    public static func problem(withValue value: String) -> String? {
        if value.utf8.contains(0) { return "it contains a NUL byte" }
        return value.utf8.count > 65_536 ? "it is longer than 65536 bytes" : nil
    }

    /// The purpose of a route.
    public static func problem(withRole role: String) -> String? {
        let bytes = Array(role.utf8)
        let fits = (1...64).contains(bytes.count) && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        return fits ? nil : "a role is 1 to 64 letters, digits or \"_\""
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// Whether some resolver could read the text as an address: "127.1", "0x7f.1" and "2130706433" are addresses too.
    private static func looksLikeAddress(_ host: String) -> Bool {
        if host.hasPrefix("[") || host.utf8.filter({ $0 == UInt8(ascii: ":") }).count > 1 { return true }
        let bare = host.utf8.split(separator: UInt8(ascii: ":")).first ?? host.utf8[...]
        guard let last = bare.split(separator: UInt8(ascii: ".")).last else { return false }
        if last.allSatisfy(isDigit) { return true }
        let text = String(decoding: last, as: UTF8.self).lowercased()
        return text.hasPrefix("0x") && text.dropFirst(2).allSatisfy(\.isHexDigit)
    }
}
