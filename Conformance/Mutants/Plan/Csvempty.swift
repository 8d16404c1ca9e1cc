// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The list of daemons is empty, so that the bundle idles.
    static let csvempty = Mutant(
        plan: "csvempty", title: "The bundle is told of no daemon",
        breaks: "The list of daemons is empty, so that the bundle idles.",
        mustFall: ["RENDER-04": .violated]
    ) { request, report in
        report.daemonsCSV = ""
        report.bundle.daemonsCSV = ""
    }
}
