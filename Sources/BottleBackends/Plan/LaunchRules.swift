// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver

/// What holds for every launch on every backend, before anything is started.
package enum LaunchRules {
    /// Refuses an environment that holds the value of a token: it is shown to everybody who may see a command line.
    ///
    /// - Throws: `.input` naming the variable and the token, never a value.
    static func requirePublic(_ plan: BottlePlan, _ request: LaunchRequest) throws(BottleError) {
        guard let problem = SecretRules.problem(withEnvironment: plan.guestEnvironment, tokens: request.tokens) else {
            return
        }
        throw BottleError(
            .input,
            "The manifest cannot be used: \(problem); remove it there, the bottle's routes put the token into requests."
        )
    }

    /// Refuses a launch without a value for every token that the routes need.
    ///
    /// - Throws: `.prerequisite` naming every variable that is missing.
    package static func requireTokens(_ report: PlanReport, _ request: LaunchRequest) throws(BottleError) {
        _ = try report.sidecars.egress.tokens(environment: request.tokens.mapValues(\.exposed))
    }
}
