// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore

/// The frozen, versioned sets of requirements that a run can be held to.
///
/// A new MUST enters only a new version; the members of a published version never change.
public enum Catalogue {
    /// The five checks of the original smoke test.
    public static let seed = "seed@1"
    /// What makes those five mean something; the default in CI templates.
    public static let gate = "gate@1"
    /// Every check there is; the default of `run`.
    public static let full = "full@1"
    /// The names of all profiles, smallest first.
    public static let profiles = [seed, gate, full]

    private static let seedMembers = ["DRIVER-01", "NET-01", "EGRESS-01", "PROV-01", "PROXY-01"]
    private static let gateMembers =
        seedMembers + [
            "NET-02", "NET-03", "NET-16", "DNS-01", "PROXY-02", "PROXY-03", "EGRESS-02", "EGRESS-03", "ENV-05",
        ]

    /// The requirement ids of a profile, given the ids of all checks.
    ///
    /// - Throws: `.usage` for an unknown profile, naming the known ones.
    public static func members(of profile: String, among ids: [String]) throws(BottleError) -> [String] {
        switch profile.lowercased() {
        case seed: return seedMembers
        case gate: return gateMembers
        case full: return ids
        default:
            throw BottleError(
                .usage, "There is no profile \"\(profile)\"; choose one of \(profiles.joined(separator: ", ")).")
        }
    }
}
