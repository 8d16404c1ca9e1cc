// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// An exec on a terminal has no proxy in its environment.
    static let ttybare = Mutant(
        id: "ttybare", title: "Terminals lack the proxy",
        breaks: "An exec on a terminal has no proxy in its environment.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.execRequest = { request in
                guard request.tty else { return request }
                var bare = request
                for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] { bare.environment[name] = "" }
                return bare
            }
            return driver
        }, mustFall: ["ENV-05": .violated])
}
