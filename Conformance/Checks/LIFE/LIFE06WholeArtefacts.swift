// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// LIFE-06: an artefact is there as a whole or not at all.
package struct LIFE06WholeArtefacts: Check {
    package init() {}

    package let requirement = Requirement(
        id: "LIFE-06",
        title: "artefacts appear whole or not at all",
        statement:
            "An entry of the cache of artefacts MUST appear as a whole: a conversion that fails, is interrupted or killed, or has "
            + "another one beside it, MUST NOT leave a part of one that a later launch uses.",
        why:
            "Half an image boots often enough. What is missing in it is found by whoever it was to protect, and the next launch "
            + "takes it for a good one again.",
        probed:
            "Two launches at once convert one image. Of a second image a conversion is interrupted, one is killed half-way and one "
            + "fails as it is to be kept, none of which may leave an entry; then half an artefact is put under the entry's name, as "
            + "a death may leave it, and a launch has to convert again and come up with the right image. An entry that is whole "
            + "has to be used.",
        remedy:
            "Convert to another name and rename what is whole; keep its length and digest, and use no entry that has others.",
        kinds: [.microvm], scope: .host, profiles: .fullProfiles, mutants: ["partial": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run(ConversionFindings.key, .conversion)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        ConversionFindings.judge(
            evidence, pass: "no conversion that failed, was cut off or ran beside another left a part that was used"
        ) { found in
            [together(found), whole(found)]
                + [.interrupted, .packKilled, .keepFailed].flatMap { cutOff($0, found) } + half(found)
        }
    }

    private func together(_ found: ConversionFindings) -> Finding {
        guard let attempt = found.conversion.attempt(.together), attempt.ready == attempt.launches else {
            return Finding(
                .attempt, .missing,
                "two launches at once did not both get an artefact (\(found.why(.together))), so nothing is known of two"
            )
        }
        return attempt.entries.count == 1
            ? Finding(.attempt, .holds, "two launches at once got one artefact")
            : Finding(
                .attempt, .leak,
                "two launches at once of one image left \(attempt.entries.count) artefacts: "
                    + attempt.entries.map(\.path).joined(separator: ", "))
    }

    /// The control: a driver that uses no entry uses no part of one either.
    private func whole(_ found: ConversionFindings) -> Finding {
        guard let attempt = found.conversion.attempt(.again), attempt.ready == 1, attempt.packs == 0,
            attempt.entries == found.conversion.attempt(.together)?.entries
        else {
            return Finding(
                .permitted, .missing,
                "an artefact that was whole was not used again, so that a part of one is not proves nothing")
        }
        return Finding(.permitted, .holds, "an artefact that was whole was used again")
    }

    private func cutOff(_ how: ConversionOutcome.Attempt.How, _ found: ConversionFindings) -> [Finding] {
        let name = ConversionFindings.name(how)
        return found.disturbed(how) { attempt in
            if let entry = attempt.entry(of: found.second) {
                return [Finding(.attempt, .leak, "\(name) left \(entry.path), of \(entry.bytes) bytes")]
            }
            // Whether another entry was used, which is no part of this one, is another row's.
            return [Finding(.attempt, .holds, "\(name) left no entry")]
        }
    }

    private func half(_ found: ConversionFindings) -> [Finding] {
        let name = ConversionFindings.name(.partial)
        return found.disturbed(.partial) { attempt in
            guard let planted = attempt.planted, planted.path == found.second.artefact else {
                return [Finding(.attempt, .missing, "no part of an artefact could be put in the cache")]
            }
            let entry = attempt.entry(of: found.second)
            if attempt.ready > 0, attempt.packs == 0 {
                return [
                    Finding(
                        .attempt, .leak, "\(name) converted nothing and went on, with half an artefact or another one")
                ]
            }
            guard attempt.ready > 0 else {
                return [Finding(.attempt, .missing, "\(name) got no other (\(found.why(.partial)))")]
            }
            if entry == planted {
                return [Finding(.attempt, .leak, "\(name) left it where it was")]
            }
            guard attempt.marker == found.second.marker else {
                return [
                    Finding(.attempt, .missing, "the guest of \(name) did not say that it has the whole image")
                ]
            }
            return [Finding(.attempt, .holds, "\(name) converted the image again, and came up with it")]
        }
    }
}
