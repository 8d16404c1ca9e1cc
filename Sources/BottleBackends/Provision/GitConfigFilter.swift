// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What of a repository's configuration goes into a guest: an allow-list, so that no credential and nothing that runs
/// comes along, whatever git learns next.
enum GitConfigFilter {
    /// Of these sections, and of these variables in them; a section with a name keeps it.
    private static let allowed: [String: Set<String>] = [
        "core": ["repositoryformatversion", "filemode", "bare", "ignorecase", "precomposeunicode", "symlinks"],
        "extensions": ["objectformat"],
        "remote": ["url", "pushurl", "fetch"],
        "branch": ["remote", "merge"],
        "user": ["name", "email"],
        "submodule": ["active"],
    ]

    /// The configuration without what is not allowed; URLs lose user and password.
    ///
    /// - Throws: `.input` for a line that git would read in a way not foreseen here.
    static func filtered(_ text: String) throws(BottleError) -> String {
        var result: [String] = []
        var section: (name: String, header: String)?
        var isWritten = false
        var isContinued = false
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.trimmed
            if isContinued {
                // A continuation belongs to its variable; those that are kept have none.
                isContinued = line.hasSuffix("\\")
                continue
            }
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                section = try header(line, at: index + 1)
                isWritten = false
                continue
            }
            isContinued = line.hasSuffix("\\")
            guard let section, let names = allowed[section.name] else { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0].trimmed).lowercased()
            guard names.contains(name), parts.count == 2, !isContinued else { continue }
            var value = String(parts[1].trimmed)
            if name == "url" || name == "pushurl" {
                guard let clean = withoutCredentials(value) else { continue }
                value = clean
            }
            // Quotes, comments and escapes would need git's own reader; what is kept has none of them.
            guard !value.contains(where: { "\"\\#;".contains($0) }) else { continue }
            if !isWritten {
                result.append(section.header)
                isWritten = true
            }
            result.append("\t\(name) = \(value)")
        }
        return result.isEmpty ? "" : result.joined(separator: "\n") + "\n"
    }

    /// `[name]` or `[name "sub"]`.
    private static func header(_ line: Substring, at number: Int) throws(BottleError) -> (name: String, header: String)
    {
        let problem = BottleError(
            .input, "The repository's .git/config cannot be copied: line \(number) is not understood; simplify it.")
        guard let end = line.lastIndex(of: "]") else { throw problem }
        let rest = line[line.index(after: end)...].trimmed
        guard rest.isEmpty || rest.hasPrefix("#") || rest.hasPrefix(";") else { throw problem }
        let inside = line[line.index(after: line.startIndex)..<end].trimmed
        let words = inside.split(separator: " ", maxSplits: 1)
        guard let first = words.first else { throw problem }
        let name = first.lowercased()
        guard
            name.utf8.allSatisfy({
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e
            })
        else {
            throw problem
        }
        guard words.count == 2 else { return (name, "[\(name)]") }
        let sub = words[1].trimmed
        guard sub.count >= 2, sub.hasPrefix("\""), sub.hasSuffix("\"") else { throw problem }
        let text = sub.dropFirst().dropLast()
        // A name that needs escapes is nobody's everyday branch; leaving its section out loses an upstream at most.
        guard !text.contains(where: { "\"\\".contains($0) }) else { return ("", "") }
        return (name, "[\(name) \"\(text)\"]")
    }

    /// The address without user and password; nil for one that cannot be taken apart.
    private static func withoutCredentials(_ url: String) -> String? {
        // Options and remote helpers run programs.
        if url.hasPrefix("-") || url.contains("::") { return nil }
        guard let scheme = url.firstIndex(of: ":"), url[scheme...].hasPrefix("://") else {
            // `user@host:path` names a login and holds no secret; a path on the host means nothing in the guest.
            return url.contains("@") && url.contains(":") ? url : nil
        }
        let start = url.index(scheme, offsetBy: 3)
        let end = url[start...].firstIndex(where: { "/?#".contains($0) }) ?? url.endIndex
        let authority = url[start..<end]
        guard let at = authority.lastIndex(of: "@") else { return url }
        return String(url[..<start] + url[url.index(after: at)...])
    }
}

extension Substring {
    /// Without blanks at either end.
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" || first == "\r" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
        return text
    }
}
