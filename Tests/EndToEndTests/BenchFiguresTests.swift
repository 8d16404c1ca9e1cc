// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ConformanceCommands

/// What `bench suite` makes of measurements; needs no engine.
struct BenchFiguresTests {
    private typealias Measurement = SuiteFigures.Measurement

    private static let setting = SuiteFigures.Setting(
        engine: "docker 20.10.24", kernel: "6.18", floor: "0123456789ab", isRelease: true, load: 0.5)

    /// Rounds of a floor, the seed checks and the whole suite, in milliseconds.
    private func figures(
        _ rounds: [(Double, Double, Double)], calls: [Int] = [49], release: Bool = true
    ) throws -> SuiteFigures {
        var setting = Self.setting
        setting.isRelease = release
        let measured = rounds.enumerated().map { index, round in
            SuiteFigures.Round(
                floor: Measurement(milliseconds: round.0, calls: 39),
                seed: Measurement(milliseconds: round.1, calls: calls[index % calls.count]),
                suite: Measurement(milliseconds: round.2, calls: 139))
        }
        return try #require(SuiteFigures(measured, setting: setting))
    }

    @Test func `the median is the middle one, or lies between the two middle ones`() throws {
        let odd = try #require(Spread([3, 1, 2]))
        #expect(odd.median == 2 && odd.lowest == 1 && odd.highest == 3)
        #expect(odd.values == [3, 1, 2], "in the order of the rounds")
        #expect(try #require(Spread([4, 1, 2, 9])).median == 3)
        #expect(try #require(Spread([7])).median == 7)
        #expect(Spread([]) == nil)
    }

    @Test func `the ratio is that of the medians, and its spread that of the rounds`() throws {
        let figures = try figures([(1000, 1100, 5000), (2000, 2000, 6000), (1000, 1300, 7000)])
        #expect(figures.ratio.value == 1.3)
        #expect(figures.ratios.values == [1.1, 1, 1.3])
        #expect(figures.suite.milliseconds.median == 6000)
        #expect(SuiteFigures([], setting: Self.setting) == nil)
    }

    @Test(arguments: [
        (1150.0, 10_000.0, true, true), (1154, 9_999, true, true), (1156, 10_000, false, true),
        (1000, 10_001, true, false), (3000, 20_000, false, false),
    ])
    func `a limit is met or not, and the exit code says so`(
        seed: Double, suite: Double, isRatioMet: Bool, isSuiteMet: Bool
    ) throws {
        let figures = try figures([(1000, seed, suite)])
        #expect(figures.ratio.isMet == isRatioMet)
        #expect(figures.suiteTime.isMet == isSuiteMet)
        #expect(figures.exitCode == (isRatioMet && isSuiteMet ? 0 : 1))
        let missed = [isRatioMet, isSuiteMet].count { !$0 }
        #expect(figures.table.components(separatedBy: "NOT MET").count - 1 == missed)
    }

    @Test func `the table has medians, spread and both counts of calls`() throws {
        let table = try figures([(1000, 1100, 4960), (1200, 1500, 5240)], calls: [49, 51]).table
        #expect(
            table == """
                WHAT                              MEDIAN   LOWEST   HIGHEST  ENGINE CALLS
                floor: script 0123456789ab        1100 ms  1000 ms  1200 ms  39
                seed@1: launch, checks, teardown  1300 ms  1100 ms  1500 ms  49-51
                full@1: the whole run             5100 ms  4960 ms  5240 ms  139

                seed@1 takes 1.18 times the floor (1.1 to 1.25 in 2 rounds), at most 1.15: NOT MET
                full@1 takes 5.1 s, at most 10 s: met
                on docker 20.10.24, kernel 6.18, load 0.5 at the start
                """)
        #expect(try figures([(1, 1, 1)], release: false).table.hasSuffix("a debug build: its figures say little"))
    }

    @Test func `the JSON holds every round`() throws {
        let text = try JSONText.pretty(try figures([(1000, 1100, 5000), (1100, 1200, 5100)]))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let floor = try #require(object["floor"] as? [String: Any])
        #expect(floor["calls"] as? [Int] == [39, 39])
        #expect((floor["milliseconds"] as? [String: Any])?["values"] as? [Double] == [1000, 1100])
        let ratio = try #require(object["ratio"] as? [String: Any])
        #expect(ratio["limit"] as? Double == 1.15)
        #expect(ratio["isMet"] as? Bool == true)
    }

    @Test func `what the floor says is read, and anything else is no measurement`() {
        let answer = FloorScript.Answer("floor 3 bottles 39 calls 1234 ms\n")
        #expect(answer?.bottles == 3 && answer?.calls == 39 && answer?.milliseconds == 1234)
        for text in [
            "", "floor 3 bottles 39 calls", "floor 3 bottles x calls 12 ms", "floor 3 bottles 39 calls 0 ms",
            "floor 3 bottles 39 calls 12 ms more", "Floor 3 bottles 39 calls 12 ms",
        ] {
            #expect(FloorScript.Answer(text) == nil, "\(text)")
        }
    }
}
