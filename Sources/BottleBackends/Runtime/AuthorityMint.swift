// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Synchronization

/// Where a driver has the authorities of its bottles from: new ones for every launch.
final class AuthorityMint: Sendable {
    /// Those that the `sharedca` fault keeps; nothing otherwise.
    private struct Kept {
        var pipelock: BottleAuthorities.Pair?
        var egress: BottleAuthorities.Pair?
    }

    private let isReusing: Bool
    private let kept = Mutex(Kept())

    init(faults: Set<Fault>) { isReusing = faults.contains(.sharedca) }

    /// The authorities of a launch; nil in a build that has none.
    ///
    /// - Throws: `.input` when the cryptography fails.
    func authorities(for plan: BottlePlan) throws(BottleError) -> BottleAuthorities? {
        guard let fresh = try BottleAuthorities.mint(for: plan) else { return nil }
        guard isReusing else { return fresh }
        return kept.withLock { kept in
            let pipelock = kept.pipelock ?? fresh.pipelock
            kept.pipelock = pipelock
            guard let own = fresh.egress else { return BottleAuthorities(pipelock: pipelock, egress: nil) }
            let egress = kept.egress ?? own
            kept.egress = egress
            return BottleAuthorities(pipelock: pipelock, egress: egress)
        }
    }
}
