// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What the address of an upstream repository may look like.
enum GitUpstream {
    /// Checks `ssh://[user@]host[:port]/path`, and the other two forms that a manifest may have: `user@host:path`, and
    /// `https://` without an identity.
    ///
    /// - Throws: `.input` for anything else: other transports neither pin a server nor hide what they carry.
    static func check(_ text: String, of repository: String) throws(BottleError) {
        guard let problem = problem(text) else { return }
        throw BottleError(
            .input,
            """
            The upstream of the repository \(Quoted(repository)) cannot be used: \(problem); expected one such as \
            \"ssh://git@git.example.com/team/project.git\".
            """)
    }

    private static func problem(_ text: String) -> String? {
        // The text itself is never shown: a person may have put a password into it.
        guard text.hasPrefix("ssh://") else { return ManifestRules.problem(withGitURL: text) }
        let rest = text.dropFirst(6)
        guard let slash = rest.firstIndex(of: "/"), rest.index(after: slash) < rest.endIndex else {
            return "it has no path"
        }
        var authority = String(rest[..<slash])
        let path = rest[slash...]
        for scalar in path.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: return "its path contains a control character"
            default: continue
            }
        }
        if let at = authority.firstIndex(of: "@") {
            let user = String(authority[..<at])
            if ManifestRules.problem(withName: user) != nil { return "its user is not a plain name" }
            authority = String(authority[authority.index(after: at)...])
        }
        if let colon = authority.firstIndex(of: ":") {
            let port = authority[authority.index(after: colon)...]
            guard let number = UInt16(port), number > 0, String(number) == port else { return "its port is none" }
            authority = String(authority[..<colon])
        }
        if (try? IPv4(authority, "host")) != nil { return nil }
        return ManifestRules.problem(withHost: authority).map { "its host is none (\($0))" }
    }
}
