// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// A secret in the manifest's environment is planned into the guest.
    static let secretenv = Mutant(
        plan: "secretenv", title: "Secrets of the manifest are planned",
        breaks: "A secret in the manifest's environment is planned into the guest.",
        mustFall: ["SECRET-04": .violated],
        request: { request in
            request.without { name, value in
                SecretRules.problem(withVariable: name, value: value) != nil
                    || SecretRules.problem(withEnvironment: [name: value], tokens: request.tokens) != nil
            }
        }
    ) { request, report in
        for (name, value) in request.declaredEnvironment
        where report.plan.guestEnvironment[name] == nil && !GuestEnvironment.computedVariables.contains(name) {
            report.plan.guestEnvironment[name] = value
        }
    }
}
