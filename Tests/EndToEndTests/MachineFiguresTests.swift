// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import ConformanceCommands

/// What `bench suite --backend smolmachines` makes of measurements; needs no smolvm.
struct MachineFiguresTests {
    private typealias Measurement = SuiteFigures.Measurement

    private static let setting = MachineFigures.Setting(
        smolvm: "1.32.2", engine: "docker 20.10.24", kernel: "6.1", emulator: "QEMU 7.2", floor: "0123456789ab",
        isRelease: true, load: 0.5)

    /// Rounds of a floor and a launch, conversions the raw way and ours, and hits of the cache, in milliseconds.
    private func measured(
        _ rounds: [(Double, Double)], conversions: [(Double, Double)] = [], hits: [Double] = [2]
    ) -> MachineFigures? {
        MachineFigures(
            rounds.map { floor, launch in
                MachineFigures.Round(
                    floor: Measurement(milliseconds: floor, calls: 11),
                    machine: Measurement(milliseconds: 500, calls: 2),
                    launch: Measurement(milliseconds: launch, calls: 12))
            },
            conversions: conversions.map { floor, ours in
                MachineFigures.Conversion(
                    floor: Measurement(milliseconds: floor, calls: 2),
                    ours: Measurement(milliseconds: ours, calls: 2))
            },
            hits: hits.map { MachineFigures.Hit(inspection: 30, artefact: $0) }, setting: Self.setting)
    }

    @Test(arguments: [
        (1100.0, 1100.0, 50.0, true, true, true), (1104, 1000, 50, true, true, true),
        (1106, 1000, 1, false, true, true), (1000, 1200, 1, true, false, true), (1000, 900, 50.01, true, true, false),
        (2000, 2000, 60, false, false, false),
    ])
    func `each limit is met or not, and the exit code says so`(
        launch: Double, conversion: Double, hit: Double, isLaunchMet: Bool, isConversionMet: Bool, isHitMet: Bool
    ) throws {
        let figures = try #require(measured([(1000, launch)], conversions: [(1000, conversion)], hits: [hit]))
        #expect(figures.launch.ratio.isMet == isLaunchMet)
        #expect(figures.conversion?.ratio.isMet == isConversionMet)
        #expect(figures.hit.isMet == isHitMet)
        let met = [isLaunchMet, isConversionMet, isHitMet]
        #expect(figures.exitCode == (met.allSatisfy { $0 } ? 0 : 1))
        #expect(figures.table.components(separatedBy: "NOT MET").count - 1 == met.count { !$0 })
    }

    @Test func `the table has every row, and says what was not measured`() throws {
        let whole = try #require(
            measured([(1000, 1050), (1200, 1300)], conversions: [(20_000, 21_000)], hits: [0.5, 1.234, 3]))
        #expect(
            whole.table == """
                WHAT                             MEDIAN    LOWEST    HIGHEST   CALLS
                floor: script 0123456789ab       1100 ms   1000 ms   1200 ms   11
                launch, first command, teardown  1175 ms   1050 ms   1300 ms   12
                machine create and start alone   500 ms    500 ms    500 ms    2
                docker save and pack create      20000 ms  20000 ms  20000 ms  2
                our conversion                   21000 ms  21000 ms  21000 ms  2
                image inspection                 30.0 ms   30.0 ms   30.0 ms   -
                its artefact from the cache      1.23 ms   0.5 ms    3.0 ms    -

                a bottle takes 1.07 times the floor (1.05 to 1.08 in 2 rounds), at most 1.1: met
                a bottle takes 2.35 times machine create and start alone
                a conversion takes 1.05 times the floor (1.05 to 1.05 in 1 round), at most 1.1: met
                an artefact of the cache takes 1.23 ms beyond the image inspection, at most 50 ms: met
                on smolvm 1.32.2, docker 20.10.24, kernel 6.1, in a lab on QEMU 7.2, load 0.5 at the start
                """)
        let part = try #require(measured([(1000, 1050)]))
        #expect(part.table.contains("\na conversion was not measured\n") && part.exitCode == 0)
        #expect(measured([]) == nil)
        #expect(measured([(1, 1)], hits: []) == nil)
    }

    @Test func `the JSON holds every round`() throws {
        let text = try JSONText.pretty(try #require(measured([(1000, 1100), (1100, 1200)], conversions: [(9, 9)])))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let launch = try #require(object["launch"] as? [String: Any])
        let ours = try #require(launch["ours"] as? [String: Any])
        #expect(ours["calls"] as? [Int] == [12, 12])
        #expect((ours["milliseconds"] as? [String: Any])?["values"] as? [Double] == [1100, 1200])
        #expect((launch["ratio"] as? [String: Any])?["limit"] as? Double == 1.1)
        #expect((object["hit"] as? [String: Any])?["limit"] as? Double == 50)
        #expect(object["conversion"] is [String: Any])
    }

    @Test func `what the floor says is read, and anything else is no measurement`() {
        let answer = MachineFloor.Answer("floor 11 calls 41152 ms\n")
        #expect(answer?.calls == 11 && answer?.milliseconds == 41_152)
        for text in [
            "", "floor 11 calls", "floor x calls 12 ms", "floor 11 calls 0 ms", "floor 11 calls 12 ms more",
            "floor 3 bottles 39 calls 1234 ms",
        ] {
            #expect(MachineFloor.Answer(text) == nil, "\(text)")
        }
    }
}
