// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// NO_PROXY exempts every host from the proxy.
    static let noproxystar = Mutant(
        plan: "noproxystar", title: "NO_PROXY is a star",
        breaks: "NO_PROXY exempts every host from the proxy.",
        mustFall: ["ENV-01": .violated]
    ) { request, report in
        for name in ["NO_PROXY", "no_proxy"] { report.plan.guestEnvironment[name] = "*" }
    }
}
