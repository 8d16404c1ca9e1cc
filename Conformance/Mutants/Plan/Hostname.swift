// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The proxy variables hold a name, which a guest without a resolver cannot look up.
    static let hostname = Mutant(
        plan: "hostname", title: "The proxy is named and not addressed",
        breaks: "The proxy variables hold a name, which a guest without a resolver cannot look up.",
        mustFall: ["ENV-01": .violated]
    ) { request, report in
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            report.plan.guestEnvironment[name] = "http://proxy.internal:8888"
        }
    }
}
