// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// One of the three variables of the trust store is missing.
    static let missingtrio = Mutant(
        plan: "missingtrio", title: "A trust variable is missing",
        breaks: "One of the three variables of the trust store is missing.",
        mustFall: ["ENV-01": .violated]
    ) { request, report in
        report.plan.guestEnvironment["REQUESTS_CA_BUNDLE"] = nil
    }
}
