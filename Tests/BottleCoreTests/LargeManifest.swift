// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A manifest that is larger than a file in a repository should be.
enum LargeManifest {
    /// Lines full of signs that mean something in YAML.
    static let prompt = (0..<40).map { "- line \($0): [keep] {all} *of* &it # exactly \"so\"\n" }.joined()

    static let text: String = {
        var lines = ["bottles:"]
        for bottle in 0..<200 {
            lines.append("  bottle-\(bottle):")
            lines.append("    allowlist:")
            for host in 0..<40 { lines.append("      - host-\(host).bottle-\(bottle).example") }
        }
        lines.append("agents:")
        for agent in 0..<200 {
            lines.append("  agent-\(agent):")
            lines.append("    bottle: bottle-\(agent)")
            lines.append("    prompt: |")
            lines += prompt.split(separator: "\n").map { "      \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }()
}
