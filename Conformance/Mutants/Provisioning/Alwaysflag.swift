// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The agent is told of its prompt file also when that is empty.
    static let alwaysflag = Mutant(
        id: "alwaysflag", title: "The prompt flag is always passed",
        breaks: "The agent is told of its prompt file also when that is empty.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.planReport = { _, report in
                var report = report
                report.agentCommand = ["claude", "--append-system-prompt-file", Contract.promptPath]
                return report
            }
            return driver
        }, mustFall: ["PROV-02": .violated])
}
