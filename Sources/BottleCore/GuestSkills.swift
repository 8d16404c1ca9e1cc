// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Where skills come from and where they land in a guest.
public enum GuestSkills {
    /// The variable with which a user moves the directory in the guest.
    public static let variable = "CLAUDE_BOTTLE_GUEST_SKILLS_DIR"
    /// The directory in the guest when the variable is not set.
    public static let standard = "\(Contract.agentHome)/.claude/skills"

    /// The directory in the guest that an environment asks for; an empty variable counts as unset.
    ///
    /// - Throws: `.usage` when the variable's value is no absolute path in plain form.
    public static func directory(environment: [String: String]) throws(BottleError) -> String {
        guard let path = environment[variable], !path.isEmpty else { return standard }
        guard path.hasPrefix("/"), ManifestRules.problem(withRelativePath: String(path.dropFirst())) == nil else {
            throw BottleError(
                .usage,
                """
                \(variable) is \(Quoted(path)), expected an absolute path without "..", "." or a trailing "/"; set it so, \
                or unset it.
                """
            )
        }
        return path
    }

    /// The place of one skill below the manifest's directory.
    public static func source(of skill: String) -> String { "skills/\(skill)" }
}
