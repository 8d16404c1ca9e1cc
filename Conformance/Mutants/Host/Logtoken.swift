// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization

extension Mutant {
    /// The sidecars' log holds the value of a token.
    static let logtoken = Mutant(
        id: "logtoken", title: "A token is logged", breaks: "The sidecars' log holds the value of a token.",
        change: .driver { base in
            let values = Mutex<[String]>([])
            var driver = AlteredDriver(base: base)
            driver.launchRequest = { request in
                values.withLock { $0 = request.tokens.values.map(\.exposed) }
                return request
            }
            driver.logRecords = { records in
                records
                    + values.withLock { $0 }.map { value in
                        LogRecord(
                            daemon: "egress", time: "2026-01-01T00:00:00Z", event: "request", client: "127.0.0.1:1",
                            target: "/", detail: "authorization \(value)")
                    }
            }
            return driver
        }, mustFall: ["SECRET-03": .violated])
}
