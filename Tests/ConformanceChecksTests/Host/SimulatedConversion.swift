// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// Conversions without images: what the watcher would have seen of a driver with these faults.
struct SimulatedConversion {
    typealias Attempt = ConversionOutcome.Attempt

    var faults: Set<Fault> = []

    static let first = ConversionOutcome.Image(digest: String(repeating: "1a", count: 32), marker: "first")
    static let second = ConversionOutcome.Image(digest: String(repeating: "2b", count: 32), marker: "second")
    private static let archive = "smolmachines/2b2b2b2b2b2b2b2b.image.tar"

    private func has(_ fault: Fault) -> Bool { faults.contains(fault) }

    private static func entry(_ path: String, inode: UInt64, bytes: Int = 1000) -> ConversionOutcome.Entry {
        .init(path: path, bytes: bytes, inode: inode, modified: Int64(inode))
    }

    private var kept: ConversionOutcome.Entry {
        Self.entry(has(.tagkey) ? "smolmachines/7777777777777777.smolmachine" : Self.first.artefact, inode: 11)
    }

    var outcome: ConversionOutcome {
        var outcome = ConversionOutcome(images: [Self.first, Self.second])
        outcome.planted = ["listener": true, "container": true, "network": true]
        outcome.reference = Self.second.digest
        outcome.attempts = Attempt.How.allCases.map(attempt)
        if has(.registry0000) { outcome.listeners = [.init(socket: "tcp 0.0.0.0:5000", during: .together)] }
        if has(.leakregistry) { outcome.left = [.init(.container, "registry"), .init(.network, "registry")] }
        return outcome
    }

    private func attempt(_ how: Attempt.How) -> Attempt {
        let isFirst = [.together, .again, .renamed].contains(how)
        var attempt = Attempt(how, image: (isFirst ? Self.first : Self.second).digest)
        attempt.entries = [kept]
        switch how {
        case .together:
            (attempt.launches, attempt.ready, attempt.packs, attempt.saves) = (2, 2, 1, 1)
            attempt.appeared = ["smolmachines", Self.archive, kept.path]
        case .again: attempt.ready = 1
        case .renamed:
            attempt.ready = 1
            if has(.tagkey) { attempt.packs = 1 }
        case .partial:
            let planted = Self.entry(Self.second.artefact, inode: 22, bytes: 500)
            attempt.planted = planted
            attempt.isDisturbed = true
            attempt.ready = 1
            attempt.marker = has(.tagkey) ? Self.first.marker : has(.partial) ? nil : Self.second.marker
            attempt.packs = has(.tagkey) || has(.partial) ? 0 : 1
            attempt.entries.append(attempt.packs == 0 ? planted : Self.entry(Self.second.artefact, inode: 23))
        default: disturb(&attempt)
        }
        return attempt
    }

    private func disturb(_ attempt: inout Attempt) {
        attempt.isDisturbed = !has(.tagkey)
        if has(.tagkey) { return attempt.ready = 1 }
        attempt.errors = ["the launch failed"]
        if ![.saveFailed, .saveKilled].contains(attempt.how) {
            attempt.archives = [Self.archive]
            if has(.savefail) { attempt.left = [Self.archive] }
        }
        if [.keepFailed, .interrupted, .packKilled].contains(attempt.how) { attempt.packs = 1 }
        guard [.contentChanged, .imageSwapped].contains(attempt.how), has(.tagswap) else { return }
        (attempt.ready, attempt.packs, attempt.errors) = (1, 1, [])
    }
}
