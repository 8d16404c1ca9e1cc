// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// No guest has the placeholder of the agent's login.
    static let noplaceholder = Mutant(
        plan: "noplaceholder", title: "The placeholder is missing",
        breaks: "No guest has the placeholder of the agent's login.",
        mustFall: ["ENV-04": .violated]
    ) { request, report in
        report.plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] = nil
    }
}
