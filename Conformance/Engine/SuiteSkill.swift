// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore

/// The skills of the suite's own bottles: one that its agents name and one that they do not.
public enum SuiteSkill {
    /// What the agents of the bottle and of the variant ask for; the twin's asks for none.
    public static let named = "suite-review"
    /// Stands beside it and must stay on the host.
    public static let unnamed = "suite-unnamed"
    /// The file that a guest edits.
    public static let edited = "SKILL.md"
    /// Holds the stand-in for the agent.
    public static let programs = "bin"

    /// What stands in a skill's directory: a nested tree, an executable, a link, and bytes that a copy through a text
    /// reader would change.
    public static func tree(of skill: String, probePath: String = Contract.probePath) -> [TreeDigest.Entry] {
        let text = "# \(skill)\n\nKeep every byte: ü \u{1F9EA}\ttab, no line end"
        var entries = [
            TreeDigest.Entry(path: edited, mode: 0o644, content: .file(Array(text.utf8))),
            TreeDigest.Entry(path: "notes", mode: 0o755, content: .directory),
            TreeDigest.Entry(path: "notes/deep", mode: 0o750, content: .directory),
            TreeDigest.Entry(
                path: "notes/deep/raw.bin", mode: 0o600, content: .file((0...255).map { UInt8($0) } + [0x0d, 0x0a, 0])),
            TreeDigest.Entry(path: "notes/empty.md", mode: 0o640, content: .file([])),
            TreeDigest.Entry(path: "latest.md", mode: 0o777, content: .link(target: "notes/empty.md")),
        ]
        if skill == named {
            let script = "#!/bin/sh\nexec \(probePath) stand-in \"$@\"\n"
            entries += [
                TreeDigest.Entry(path: programs, mode: 0o755, content: .directory),
                TreeDigest.Entry(path: "\(programs)/claude", mode: 0o755, content: .file(Array(script.utf8))),
            ]
        }
        return entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}

/// Where the suite's own skills stand on the host.
public struct SuiteSources: Sendable {
    /// What takes the place of a manifest's directory.
    public var directory: String
    /// Where skills land in a guest.
    public var skillsDirectory: String
    /// The digest of the named skill as it is on the host at this moment; nil when it cannot be read.
    public var digest: @Sendable () -> String?

    public init(directory: String, skillsDirectory: String, digest: @escaping @Sendable () -> String?) {
        self.directory = directory
        self.skillsDirectory = skillsDirectory
        self.digest = digest
    }
}

/// What is known of the skills of one session.
public struct SourceEvidence: Sendable, Hashable, Codable {
    /// Where skills land in a guest.
    public var skillsDirectory: String
    /// Which skills the session's agent names.
    public var skills: [String]
    /// The digest of the named skill on the host before the launch.
    public var before: String?
    /// The same after everything was tried.
    public var after: String?

    public init(skillsDirectory: String, skills: [String], before: String? = nil, after: String? = nil) {
        self.skillsDirectory = skillsDirectory
        self.skills = skills
        self.before = before
        self.after = after
    }

    /// The path of something in a skill in a guest.
    public func path(_ relative: String, in skill: String = SuiteSkill.named) -> String {
        "\(skillsDirectory)/\(skill)/\(relative)"
    }
}
