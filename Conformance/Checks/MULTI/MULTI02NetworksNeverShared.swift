// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// MULTI-02: a network that is taken is refused and never shared.
package struct MULTI02NetworksNeverShared: Check {
    package init() {}

    package let requirement = Requirement(
        id: "MULTI-02",
        title: "a bottle's network is never shared with anything else",
        statement:
            "Two slugs that stand for the same network, and a slug whose network overlaps one that the host has, MUST be "
            + "refused or moved elsewhere, never shared.",
        why:
            "The rule is \"only this address\". If the address belongs to somebody else as well, the rule opens a way to a "
            + "neighbour, and about nineteen bottles suffice for even odds of a collision.",
        probed:
            "Two slugs with the same third octet are launched one after the other, and a slug whose network the host has "
            + "already. Two slugs with different octets must both come up, and the refused slug must once the network is gone. A "
            + "refusal that names neither the network nor the bottle that has it may have had another reason, and proves nothing.",
        remedy: "Compare the bottle's network with the host's routes and with every other bottle's, under a lock.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["nocheck": .violated, "vaguerefusal": .inconclusive]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) { declaration.run("networks", .networks) }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(
            evidence, ["networks"], pass: "a network that was taken was refused, one that was free was not"
        ) {
            outcomes in
            guard let trial = outcomes["networks"] else { return [] }
            let (first, free) = (trial.launch("first"), trial.launch("free"))
            return [HostFindings.launched("first", trial), HostFindings.launched("free", trial)]
                + Self.apart(
                    "second", trial, stands: first, holder: first, why: "in the network of a bottle that lives")
                + Self.apart("taken", trial, stands: free, holder: nil, why: "in a network that the host has")
                + [HostFindings.nothingLeft(trial)]
        }
    }

    /// Refused for that reason, or moved to another network than the one its slug stands for.
    ///
    /// - Parameters:
    ///   - stands: A launch that shows which network the slug stands for.
    ///   - holder: The bottle that has that network, where one does.
    private static func apart(
        _ name: String, _ outcome: HostTrialOutcome, stands planned: HostTrialOutcome.Launch?,
        holder: HostTrialOutcome.Launch?, why: String
    ) -> [Finding] {
        let network = { (text: String) in text.split(separator: ".").prefix(3).map { "\($0)." }.joined() }
        guard let launch = outcome.launch(name), launch.launched != nil, let address = launch.bundleAddress,
            let taken = planned?.bundleAddress.map(network)
        else {
            let refused = HostFindings.refused(name, outcome, why: why, words: [])
            let message = outcome.launch(name)?.error ?? ""
            let words = message.split { !$0.isLetter && !$0.isNumber && $0 != "-" }
            let isReasoned =
                planned?.bundleAddress.map(network).map(message.contains) == true
                || holder.map { words.contains(Substring($0.slug)) } == true
            guard refused.allSatisfy({ $0.state == .holds }), !isReasoned else { return refused }
            // What fails for another reason looks the same, and would share the network once that reason is gone.
            return [
                Finding(
                    .attempt, .missing,
                    "a launch \(why) failed without naming the network or who has it, so perhaps for another reason: "
                        + message)
            ]
        }
        guard network(address) == taken else {
            return [Finding(.attempt, .holds, "a bottle \(why) was moved elsewhere, to \(address)")]
        }
        return [Finding(.attempt, .leak, "a bottle came up \(why), at \(address)")]
    }
}
