// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// LIFE-05: an artefact is that of an image and not of a name.
package struct LIFE05ImageByDigest: Check {
    package init() {}

    package let requirement = Requirement(
        id: "LIFE-05",
        title: "artefacts are kept by the digest of their image",
        statement:
            "A guest's image is the one that CLAUDE_BOTTLE_IMAGE names, used as it is, or else claude-bottle:latest. Its "
            + "artefact MUST be kept by the image's digest, as <cache>/claude-bottle/smolmachines/<first 16 digits>.smolmachine: a "
            + "reference that has come to stand for another image MUST be converted anew, and an image that has not changed, whatever "
            + "it is called, MUST NOT be saved or converted again.",
        why:
            "A cache that goes by name runs yesterday's image under today's name: the fix that was built into it is not there, and "
            + "nothing says so.",
        probed:
            "Two images that differ in one file are made on the engine. One is launched, launched again, and launched under another "
            + "reference; then its reference is moved to the other, which is launched through to the end, where its guest is asked "
            + "for that file. A watcher of the cache and of all processes sees what is saved and converted. That the default "
            + "reference is used where none is named is not tried: it is the user's.",
        remedy:
            "Ask the engine for the image's digest at every launch, and call the artefact by it; never by the reference, and never "
            + "by the time of the last build.",
        kinds: [.microvm], scope: .host, profiles: .fullProfiles, mutants: ["tagkey": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run(ConversionFindings.key, .conversion)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        ConversionFindings.judge(
            evidence, pass: "an image is converted once whatever it is called, and another one under its reference anew"
        ) { found in
            [named(found), miss(found), guest(found), untouched(found)] + hit(.again, found) + hit(.renamed, found)
        }
    }

    private func named(_ found: ConversionFindings) -> Finding {
        guard let attempt = found.conversion.attempt(.together), attempt.ready > 0 else {
            return Finding(.fact, .missing, "there was no artefact, so nothing is known of its name")
        }
        if attempt.entry(of: found.first) != nil {
            return Finding(.fact, .holds, "the artefact is named by the image's digest: \(found.first.artefact)")
        }
        let names = attempt.entries.map(\.path).joined(separator: ", ")
        return Finding(
            .fact, .leak,
            "the artefact of the image \(found.first.digest.prefix(16)) is not \(found.first.artefact), but "
                + (names.isEmpty ? "nowhere in the cache" : names))
    }

    private func hit(_ how: ConversionOutcome.Attempt.How, _ found: ConversionFindings) -> [Finding] {
        let name = ConversionFindings.name(how)
        guard let attempt = found.conversion.attempt(how) else {
            return [Finding(.attempt, .missing, "there was not \(name), so nothing is known of one")]
        }
        let archives = attempt.appeared.filter { $0.hasSuffix(".tar") }
        if attempt.packs > 0 || attempt.saves > 0 || !archives.isEmpty {
            return [Finding(.attempt, .leak, "\(name) saved or converted it once more, though it had not changed")]
        }
        guard attempt.ready == attempt.launches else {
            return [Finding(.attempt, .missing, "\(name) got no artefact (\(found.why(how)))")]
        }
        guard let before = found.conversion.attempt(.together)?.entry(of: found.first) else {
            return [Finding(.attempt, .missing, "there was no artefact before \(name), so nothing is known of one")]
        }
        guard attempt.entry(of: found.first) == before else {
            return [Finding(.attempt, .leak, "\(name) replaced the artefact that was there")]
        }
        return [Finding(.attempt, .holds, "\(name) saved and converted nothing, and left the artefact as it was")]
    }

    /// The first launch after the reference was moved.
    private func miss(_ found: ConversionFindings) -> Finding {
        guard let attempt = found.conversion.attempt(.saveFailed) else {
            return Finding(
                .attempt, .missing, "the reference was never moved, so nothing is known of another image under it")
        }
        if attempt.ready > 0, attempt.packs == 0 {
            return Finding(
                .attempt, .leak,
                "a reference had come to stand for another image, and a launch of it had an artefact that nobody had converted"
            )
        }
        return attempt.isDisturbed
            ? Finding(.attempt, .holds, "another image under the same reference was to be converted anew")
            : Finding(
                .attempt, .missing,
                "what a launch does about another image under the same reference was not seen (\(found.why(.saveFailed)))"
            )
    }

    private func guest(_ found: ConversionFindings) -> Finding {
        guard let marker = found.conversion.attempt(.partial)?.marker else {
            return Finding(
                .attempt, .missing,
                "no guest said which image it has (\(found.why(.partial))), so nothing is known of it")
        }
        if marker == found.second.marker {
            return Finding(.attempt, .holds, "the guest has the image that its reference stands for")
        }
        guard marker == found.first.marker else {
            return Finding(
                .attempt, .missing, "the guest has neither of the two images: it said '\(marker.prefix(60))'")
        }
        return Finding(.attempt, .leak, "the guest has the image that its reference stood for before")
    }

    private func untouched(_ found: ConversionFindings) -> Finding {
        guard let reference = found.conversion.reference else {
            return Finding(.fact, .missing, "what the reference stands for in the end was not looked at")
        }
        return reference == found.second.digest
            ? Finding(.fact, .holds, "the reference stands for the image that it was given")
            : Finding(.fact, .leak, "a launch had the reference stand for another image, \(reference.prefix(16))")
    }
}
