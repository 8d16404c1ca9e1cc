// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

extension LaunchRequest {
    /// What the manifest says of the guest's environment.
    var declaredEnvironment: [String: String] {
        manifest.agents[agentName].flatMap { manifest.bottles[$0.bottle]?.env } ?? [:]
    }

    /// The request without some variables of its bottles.
    func without(_ isLeftOut: (String, String) -> Bool) -> LaunchRequest {
        var request = self
        request.manifest.bottles = manifest.bottles.mapValues { bottle in
            var bottle = bottle
            bottle.env = bottle.env.filter { !isLeftOut($0.key, $0.value) }
            return bottle
        }
        return request
    }
}
