// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Only the upper-case names are computed; a lower-case one of the manifest wins.
    static let lowercase = Mutant(
        plan: "lowercase", title: "The manifest sets the lower-case proxy",
        breaks: "Only the upper-case names are computed; a lower-case one of the manifest wins.",
        mustFall: ["ENV-03": .violated]
    ) { request, report in
        let lower = request.declaredEnvironment.filter { $0.key.lowercased() == $0.key }
        report.plan.guestEnvironment.merge(lower) { $1 }
    }
}
