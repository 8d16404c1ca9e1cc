// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension ManifestRules {
    /// A git upstream as a whole: what is wrong with its name, address or files, or nil.
    public static func problem(with upstream: Manifest.GitUpstream) -> String? {
        if let reason = problem(withRepository: upstream.name) ?? problem(withGitURL: upstream.url) { return reason }
        for (what, path) in [("identity", upstream.identity), ("known_hosts", upstream.knownHosts)] {
            guard let path else { continue }
            if let reason = problem(withRelativePath: path) { return "its \(what) cannot be used: \(reason)" }
            if !isSSH(upstream.url) { return "its \(what) is of no use: only an ssh address has one" }
        }
        return nil
    }

    /// The name of a repository at the gate; it becomes the directory `<name>.git`.
    public static func problem(withRepository name: String) -> String? {
        if let reason = problem(withName: name) { return reason }
        let lower = name.lowercased()
        if lower.hasSuffix(".git") || lower.hasSuffix(".lock") || name.hasSuffix(".") || name.contains("..") {
            return "a repository's name has no \"..\" and does not end in \".\", \".git\" or \".lock\""
        }
        return nil
    }

    /// Whether an accepted address is reached over ssh.
    public static func isSSH(_ url: String) -> Bool { !url.lowercased().hasPrefix("https://") }

    /// The address of a repository: `ssh://[user@]host[:port]/path`, `user@host:path` or `https://host[:port]/path`.
    ///
    /// No answer repeats the address: it may hold a password that does not belong there.
    public static func problem(withGitURL url: String) -> String? {
        let expected = "expected ssh://user@host/path, user@host:path or https://host/path"
        if url.utf8.count > 1024 { return "it is longer than 1024 bytes; \(expected)" }
        guard url.utf8.allSatisfy({ isAlphanumeric($0) || "-._~/:@%+[]".utf8.contains($0) }) else {
            return "it has a character that an address of a repository does not have; \(expected)"
        }
        let authority: Substring
        let path: Substring
        if let scheme = url.range(of: "://") {
            guard ["ssh", "https"].contains(url[..<scheme.lowerBound]) else {
                return "it is not ssh or https; \(expected)"
            }
            let rest = url[scheme.upperBound...]
            guard let slash = rest.firstIndex(of: "/") else { return "it has no path; \(expected)" }
            (authority, path) = (rest[..<slash], rest[rest.index(after: slash)...])
        } else {
            guard let colon = url.firstIndex(of: ":"), url[..<colon].contains("@") else {
                return "it is not an address of a repository; \(expected)"
            }
            (authority, path) = (url[..<colon], url[url.index(after: colon)...])
        }
        if let reason = problem(withAuthority: authority, isSSH: isSSH(url)) { return "\(reason); \(expected)" }
        return problem(withRepositoryPath: path).map { "\($0); \(expected)" }
    }

    /// A path below the manifest's directory.
    public static func problem(withRelativePath path: String) -> String? {
        let expected = "expected a path below the manifest's directory"
        if path.isEmpty { return "it is empty; \(expected)" }
        if path.utf8.count > 1024 { return "it is longer than 1024 bytes; \(expected)" }
        if path.hasPrefix("/") || path.hasPrefix("~") { return "it is not relative; \(expected)" }
        if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f || $0 == ":" || $0 == "," }) {
            // A mount of docker ends a path at ":" or ",".
            return "it has a control character, \":\" or \",\"; \(expected)"
        }
        for part in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.elementsEqual("..".utf8) { return "it leaves the manifest's directory; \(expected)" }
            if part.isEmpty || part.elementsEqual(".".utf8) { return "it has an empty part; \(expected)" }
        }
        return path.hasPrefix("-") ? "it begins with \"-\"; \(expected)" : nil
    }

    private static func problem(withAuthority authority: Substring, isSSH: Bool) -> String? {
        var host = authority
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            host = authority[authority.index(after: at)...]
            guard isSSH else { return "it has a user or a password, which belongs in an egress route" }
            if user.contains(":") { return "it has a password, which does not belong in a manifest" }
            guard !user.isEmpty, !user.hasPrefix("-"),
                user.utf8.allSatisfy({ isAlphanumeric($0) || "._-".utf8.contains($0) })
            else { return "its user cannot be used" }
        }
        if let colon = host.firstIndex(of: ":") {
            let port = host[host.index(after: colon)...]
            guard port.utf8.allSatisfy(isDigit), let number = Int(port), (1...65_535).contains(number) else {
                return "its port is not 1 to 65535"
            }
            host = host[..<colon]
        }
        if isIPv4(host) { return nil }
        return problem(withHost: String(host)).map { _ in "its host cannot be used" }
    }

    private static func problem(withRepositoryPath path: Substring) -> String? {
        if path.isEmpty { return "it has no path" }
        if path.hasPrefix("-") { return "its path begins with \"-\"" }
        if path.contains("@") || path.contains("[") || path.contains("]") { return "its path cannot be used" }
        for part in path.utf8.split(separator: UInt8(ascii: "/")) where part.elementsEqual("..".utf8) {
            return "its path has \"..\" in it"
        }
        return nil
    }

    /// A server may be named by its address, in the one spelling that everybody reads alike.
    private static func isIPv4(_ host: Substring) -> Bool {
        let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                let text = String(decoding: part, as: UTF8.self)
                return UInt8(text).map { "\($0)" == text } ?? false
            }
    }
}

extension String {
    /// The first place of a text, without Foundation.
    fileprivate func range(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
