// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Values of variables arrive with the quotes that a shell would have taken off.
    static let requote = Mutant(
        id: "requote", title: "Values are quoted once too often",
        breaks: "Values of variables arrive with the quotes that a shell would have taken off.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.launchRequest = {
                $0.changingVariables { name, value in
                    name == SuiteVariables.plain ? value : "'\(value)'"
                }
            }
            return driver
        }, mustFall: ["ENV-07": .violated])
}

extension LaunchRequest {
    /// The request with other values for the variables of its bottles.
    func changingVariables(_ change: (_ name: String, _ value: String) -> String) -> LaunchRequest {
        var request = self
        for (bottle, declared) in manifest.bottles {
            for (name, value) in declared.env { request.manifest.bottles[bottle]?.env[name] = change(name, value) }
        }
        return request
    }
}
