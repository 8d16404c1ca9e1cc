// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore

/// The checks of one run, and whether they are all that the profile asks for.
public struct Selection: Sendable {
    /// What to run, in the order of the catalogue.
    public let checks: [any Check]
    /// The profile in its canonical spelling.
    public let profile: String
    /// Something of the profile is left out: the run is not a conformance statement.
    public let partial: Bool
    /// Ids the profile asks for and no check verifies; not empty only in a build that lacks checks.
    public let missing: [String]

    /// Picks the checks of a profile that match any `select` pattern (all without one), no `skip` pattern, and `level`.
    ///
    /// Patterns are case-insensitive globs over ids, for example `NET-*`.
    ///
    /// - Parameter level: the least binding level that still runs; nil runs all.
    /// - Throws: `.usage` for an unknown profile or id, with the nearest ids; `.notFound` for a pattern that matches
    ///   nothing and when nothing is left to run.
    public static func resolve(
        checks: [any Check], profile: String, select: [String] = [], skip: [String] = [], level: Level? = nil
    ) throws(BottleError) -> Selection {
        let known = checks.map(\.requirement.id)
        let members = try Catalogue.members(of: profile, among: known)
        let name = profile.lowercased()
        let candidates = checks.filter { members.contains($0.requirement.id) }
        let wanted = try globs(select, option: "--select", in: candidates, known: known, profile: name)
        let unwanted = try globs(skip, option: "--skip", in: candidates, known: known, profile: name)

        let chosen = candidates.filter { check in
            let id = check.requirement.id
            if let level, check.requirement.level < level { return false }
            if unwanted.contains(where: { $0.matches(id) }) { return false }
            return wanted.isEmpty || wanted.contains { $0.matches(id) }
        }
        guard !chosen.isEmpty else {
            let options =
                select.map { "--select \($0)" } + skip.map { "--skip \($0)" }
                + (level.map { ["--level \($0.rawValue)"] } ?? [])
            throw BottleError(
                .notFound,
                "Nothing is left to run: \(options.joined(separator: ", ")) exclude every requirement of \(name); drop one."
            )
        }
        let missing = members.filter { !known.contains($0) }
        return Selection(
            checks: chosen, profile: name, partial: chosen.count < candidates.count || !missing.isEmpty,
            missing: missing)
    }

    private static func globs(
        _ patterns: [String], option: String, in candidates: [any Check], known: [String], profile: String
    ) throws(BottleError) -> [Glob] {
        let globs = patterns.map(Glob.init)
        for glob in globs where !candidates.contains(where: { glob.matches($0.requirement.id) }) {
            let elsewhere = known.filter(glob.matches)
            guard elsewhere.isEmpty else {
                throw BottleError(
                    .notFound,
                    "\(option) \(glob.pattern) matches nothing in profile \(profile), only "
                        + "\(elsewhere.prefix(3).joined(separator: ", ")) outside it; add --profile \(Catalogue.full).")
            }
            let near = EditDistance.nearest(to: glob.pattern, among: known)
            let hint = near.isEmpty ? "" : "; the nearest ids are \(near.joined(separator: ", "))"
            // A misspelt id is a mistake on the command line; a pattern may be right and find nothing.
            throw BottleError(
                glob.isLiteral ? .usage : .notFound, "\(option) \(glob.pattern) matches no requirement\(hint).")
        }
        return globs
    }
}
