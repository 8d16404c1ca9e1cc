// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The slot of a token is a variable of the bundle with an empty value.
    static let emptytoken = Mutant(
        plan: "emptytoken", title: "A token that is not set is empty",
        breaks: "The slot of a token is a variable of the bundle with an empty value.",
        launches: true, mustFall: ["EGRESS-08": .violated]
    ) { request, report in
        for name in report.bundle.tokenVariables { report.bundle.environment[name] = "" }
    }
}
