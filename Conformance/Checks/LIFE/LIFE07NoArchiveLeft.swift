// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// LIFE-07: the archive through which an image goes is gone when its conversion is over, however that ends.
package struct LIFE07NoArchiveLeft: Check {
    package init() {}

    package let requirement = Requirement(
        id: "LIFE-07",
        title: "the image's archive is removed on every path",
        statement:
            "The archive that an image is saved to while it is converted MUST be removed when that is over: when it succeeded, and "
            + "when saving, converting or keeping failed, was interrupted or killed.",
        why:
            "It is as large as the image, and everything that is in the image is in it. Left behind it fills the disk of whoever "
            + "runs bottles often, and it is the next thing that somebody takes for the image.",
        probed:
            "A conversion is made to fail at each of its steps, is interrupted, and has the program that saves and the one that "
            + "converts killed under it. After each of them, and after those that succeed, a watcher looks through the cache for "
            + "archives, by their names and by what they begin with; before a conversion it has to see one. What an archive that was "
            + "refused leaves is looked at as well. Temporary directories elsewhere are not.",
        remedy:
            "Begin the part that cleans up before the archive is made, and not after; let a program that has files of its own write "
            + "into a directory that goes as a whole.",
        kinds: [.microvm], scope: .host, profiles: .fullProfiles, mutants: ["savefail": .violated]
    )

    /// What has to be tried for the row to know anything.
    private static let disturbances: [ConversionOutcome.Attempt.How] = [
        .saveFailed, .saveKilled, .convertFailed, .keepFailed, .interrupted, .packKilled,
    ]

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run(ConversionFindings.key, .conversion)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        ConversionFindings.judge(
            evidence, pass: "no archive of an image was left by conversions that succeeded, failed, or were cut off"
        ) { found in
            let others = found.conversion.attempts.filter { !Self.disturbances.contains($0.how) }
            return Self.disturbances.flatMap { how in found.disturbed(how) { [left($0)] } } + others.map(left)
                + [seen(found)]
        }
    }

    private func left(_ attempt: ConversionOutcome.Attempt) -> Finding {
        let name = ConversionFindings.name(attempt.how)
        return attempt.left.isEmpty
            ? Finding(.attempt, .holds, "\(name) left no archive")
            : Finding(.attempt, .leak, "\(name) left \(attempt.left.joined(separator: ", ")) in the cache")
    }

    private func seen(_ found: ConversionFindings) -> Finding {
        let archives = found.conversion.attempt(.convertFailed)?.archives ?? []
        return archives.isEmpty
            ? Finding(
                .fact, .missing,
                "the watcher saw no archive when one was to be converted, so that it saw none afterwards proves nothing"
            )
            : Finding(.fact, .holds, "the watcher saw \(archives.joined(separator: ", ")) when it was to be converted")
    }
}
