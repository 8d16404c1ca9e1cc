// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import Testing

@testable import ConformanceEngine

struct PaceTests {
    @Test func everyBudgetIsStretchedAndNothingElse() {
        let pace = Pace(factor: 3)
        let exchange = Exchange(.tcp, "192.0.2.1", 80, turns: [], timeout: 2000)
        var longer = exchange
        longer.timeout = 6000
        #expect(pace(.exchange(exchange)) == .exchange(longer))
        #expect(pace(.awaited(exchange)) == .awaited(longer))
        #expect(
            pace(.sweep(address: "192.0.2.1", first: 1, last: 9, timeout: 100, settle: 10))
                == .sweep(address: "192.0.2.1", first: 1, last: 9, timeout: 300, settle: 30))
        #expect(pace(ProbeAction.identity) == .identity)
        let request = ExecRequest(["/bin/true"], deadlineMilliseconds: 10_000)
        #expect(pace(request).deadlineMilliseconds == 30_000)
        #expect(pace(request).argv == request.argv)
        var limits = RunConfiguration.Limits()
        limits.question = .seconds(30)
        #expect(pace(limits).question == .seconds(90))
        #expect(pace(limits).headStart == limits.headStart, "a figure of the launch, not a budget")
    }

    @Test func noPaceIsFasterThanAnOrdinaryMachine() {
        #expect(Pace(factor: 0) == .ordinary)
        let exchange = Exchange(.udp, "192.0.2.1", 53, turns: [])
        #expect(Pace.ordinary(.exchange(exchange)) == .exchange(exchange))
    }
}
