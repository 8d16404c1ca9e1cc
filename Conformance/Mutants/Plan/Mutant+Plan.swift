// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// A driver that plans something else than its backend does; whatever it launches is as it was.
    ///
    /// - Parameters:
    ///   - kinds: The kinds of backends that have what is broken.
    ///   - launches: Whether the checks that must notice need launches beside plans.
    ///   - request: Changes what is planned, for a driver that does not refuse what it should.
    ///   - alter: Changes the answer, given what was asked for.
    init(
        plan id: String, title: String, breaks: String, kinds: Set<BackendKind> = Set(BackendKind.allCases),
        launches: Bool = false, mustFall: [String: Verdict],
        request: @escaping @Sendable (LaunchRequest) -> LaunchRequest = { $0 },
        alter: @escaping @Sendable (LaunchRequest, inout PlanReport) -> Void
    ) {
        self.init(
            id: id, title: title, breaks: breaks,
            change: .driver { base in
                var driver = AlteredDriver(base: base)
                driver.planRequest = request
                driver.planReport = { request, report in
                    var altered = report
                    alter(request, &altered)
                    return altered
                }
                return driver
            }, arena: launches ? .bottles : .plans(kinds), mustFall: mustFall,
            // One that no plan mutant touches by accident, and one that needs a refusal.
            stillGreen: (["RENDER-01", "SECRET-04"] + (launches ? ["DRIVER-01", "PROXY-02"] : []))
                .filter { mustFall[$0] == nil })
    }
}
