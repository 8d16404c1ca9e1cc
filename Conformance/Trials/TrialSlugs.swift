// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import Synchronization

    /// Slugs of the trials of one run, each for a network of its own: trials go on at the same time.
    final class TrialSlugs: Sendable {
        private let octets = Mutex<Set<UInt8>>([])

        /// A slug that begins with `prefix`, for a network that no other has.
        func next(_ prefix: String = "trial-") -> String {
            octets.withLock { octets in
                while true {
                    let slug = prefix + TrialScene.letters(8)
                    // There are 254; a run needs a fraction of them, and takes them again when it needs more.
                    if octets.count >= 200 { octets = [] }
                    if octets.insert(AddressPlan(slug: slug).octet).inserted { return slug }
                }
            }
        }

        /// Another slug for the same network that begins with `prefix`.
        static func sibling(of slug: String, _ prefix: String) -> String {
            let octet = AddressPlan(slug: slug).octet
            while true {
                let other = prefix + TrialScene.letters(8)
                if other != slug, AddressPlan(slug: other).octet == octet { return other }
            }
        }
    }
#endif
