// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// A variable of the manifest wins over the one that the plan computes.
    static let manifestwins = Mutant(
        plan: "manifestwins", title: "The manifest overrides the proxy",
        breaks: "A variable of the manifest wins over the one that the plan computes.",
        mustFall: ["ENV-03": .violated]
    ) { request, report in
        report.plan.guestEnvironment.merge(request.declaredEnvironment) { $1 }
    }
}
