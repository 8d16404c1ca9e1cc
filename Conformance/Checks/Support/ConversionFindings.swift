// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// What the rows about the conversion of images have in common.
struct ConversionFindings {
    typealias Attempt = ConversionOutcome.Attempt

    /// The key of the trial in each of these rows.
    static let key = "conversion"

    let conversion: ConversionOutcome
    let first: ConversionOutcome.Image
    let second: ConversionOutcome.Image

    /// The judgement of a row over the trial; the controls that every row needs are added here.
    static func judge(
        _ evidence: Evidence, pass: String, _ find: (ConversionFindings) -> [Finding]
    ) -> Judgement {
        HostFindings.judge(evidence, [key], pass: pass) { outcomes in
            guard let trial = outcomes[key] else { return [] }
            guard let conversion = trial.conversion, let first = conversion.first, let second = conversion.second else {
                return [Finding(.fact, .missing, "no image was converted, so nothing is known of how one is")]
            }
            let found = ConversionFindings(conversion: conversion, first: first, second: second)
            return find(found) + [found.works, HostFindings.launched("through", trial)] + HostFindings.decoys([], trial)
        }
    }

    /// The control of every row: an image with nothing in its way is converted, and the watcher sees it.
    private var works: Finding {
        guard let attempt = conversion.attempt(.together), attempt.ready == attempt.launches else {
            return Finding(
                .permitted, .missing,
                "an image that nobody had converted was not, with nothing in its way (\(why(.together))), so that another one is "
                    + "not proves nothing: make conversions work first")
        }
        guard attempt.packs > 0, attempt.appeared.contains(where: { $0.hasSuffix(".tar") }) else {
            return Finding(
                .permitted, .missing,
                "the watcher saw neither the process that converts nor the archive of an image that was converted, so that it saw "
                    + "none of another proves nothing")
        }
        return Finding(.permitted, .holds, "an image was converted, and the watcher saw how")
    }

    /// What a launch said that got no artefact.
    func why(_ how: Attempt.How) -> String { conversion.attempt(how)?.errors.first ?? "no reason" }

    /// How a disturbance is called.
    static func name(_ how: Attempt.How) -> String {
        switch how {
        case .together: "two launches at once of an image that nobody had converted"
        case .again: "another launch of the same reference"
        case .renamed: "a launch of another reference to the same image"
        case .saveFailed: "a conversion whose step 'save' failed"
        case .saveKilled: "a conversion whose saving program was killed"
        case .convertFailed: "a conversion whose step 'convert' failed"
        case .contentChanged: "a conversion of an archive in which a few bytes were changed"
        case .imageSwapped: "a conversion of an archive that was that of another image"
        case .keepFailed: "a conversion whose step 'keep' failed"
        case .interrupted: "a conversion that was interrupted"
        case .packKilled: "a conversion whose program was killed half-way"
        case .partial: "a launch that found half an artefact in the cache"
        }
    }

    /// An attempt that the trial meant to disturb, and did; or why nothing is known of it.
    func disturbed(_ how: Attempt.How, _ find: (Attempt) -> [Finding]) -> [Finding] {
        guard let attempt = conversion.attempt(how) else {
            return [Finding(.attempt, .missing, "there was not \(Self.name(how)), so nothing is known of one")]
        }
        let found = find(attempt)
        guard !attempt.isDisturbed, !found.contains(where: { $0.state == .leak }) else { return found }
        return [
            Finding(
                .attempt, .missing,
                "there could not be \(Self.name(how)) (\(why(how))), so nothing is known of one: the driver has to tell its steps "
                    + "and to convert with a process; run again")
        ]
    }
}
