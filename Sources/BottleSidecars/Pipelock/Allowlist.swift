// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The host names that a proxy lets through.
package struct Allowlist: Sendable, Hashable {
    private var exact: Set<String> = []
    /// Names whose subdomains are allowed too.
    private var suffixes: Set<String> = []

    package init() {}

    package var isEmpty: Bool { exact.isEmpty }

    /// Adds `name` or `*.name`; false when the entry is neither, and would silently match nothing.
    package mutating func insert(_ entry: String) -> Bool {
        let isWildcard = entry.hasPrefix("*.")
        guard case .name(let name) = HostSpec(isWildcard ? String(entry.dropFirst(2)) : entry) else { return false }
        exact.insert(name)
        if isWildcard { suffixes.insert(name) }
        return true
    }

    /// Whether a name begins or ends as an allowed one does: what only a fault takes for a match.
    package func resembles(_ name: String) -> Bool {
        exact.contains { name.hasSuffix($0) || name.hasPrefix($0) }
    }

    /// The labels of an allowed name that nobody allowed one by one: those below the longest `*.name` that matches it.
    package func madeUpLabels(of name: String) -> [Substring] {
        guard !exact.contains(name) else { return [] }
        var labels: [Substring] = []
        var rest = name[...]
        while let dot = rest.firstIndex(of: ".") {
            labels.append(rest[..<dot])
            rest = rest[rest.index(after: dot)...]
            if suffixes.contains(String(rest)) { return labels }
        }
        return []
    }

    /// Whether a parsed name is allowed: `x` matches itself only, `*.x` also every subdomain of x, at label bounds.
    package func matches(_ name: String) -> Bool {
        if exact.contains(name) { return true }
        guard !suffixes.isEmpty else { return false }
        var rest = name[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if suffixes.contains(String(rest)) { return true }
        }
        return false
    }
}
