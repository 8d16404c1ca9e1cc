// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The login that a manifest holds is planned into the guest's environment.
    static let realtoken = Mutant(
        plan: "realtoken", title: "A login of the manifest reaches the guest",
        breaks: "The login that a manifest holds is planned into the guest's environment.",
        mustFall: ["ENV-04": .violated],
        request: { $0.without { name, _ in name == GuestEnvironment.oauthVariable } }
    ) { request, report in
        if let login = request.declaredEnvironment[GuestEnvironment.oauthVariable] {
            report.plan.guestEnvironment[GuestEnvironment.oauthVariable] = login
        }
    }
}
