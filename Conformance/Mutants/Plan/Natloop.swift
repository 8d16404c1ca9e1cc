// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// gvproxy translates the gateway's address to the host's loopback.
    static let natloop = Mutant(
        plan: "natloop", title: "gvproxy leads to the host's loopback",
        breaks: "gvproxy translates the gateway's address to the host's loopback.", kinds: [.microvm],
        mustFall: ["RENDER-07": .violated]
    ) { _, report in
        let bundle = report.bundle.address
        report.change(.gvproxy) { $0.replacing("\"\(bundle)\"", with: "\"127.0.0.1\"") }
    }
}
