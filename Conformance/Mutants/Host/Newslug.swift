// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import Synchronization

extension Mutant {
    /// An identity that was launched before gets another slug.
    static let newslug = Mutant(
        id: "newslug", title: "A resume gets a new slug",
        breaks: "An identity that was launched before gets another slug.",
        change: .driver { base in
            let known = Mutex<Set<String>>([])
            var driver = AlteredDriver(base: base)
            driver.launchRequest = { request in
                guard known.withLock({ !$0.insert(request.slug).inserted }) else { return request }
                var other = request
                other.slug = "\(request.slug)-2"
                return other
            }
            return driver
        }, mustFall: ["LIFE-01": .violated])
}
