// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// What the suite costs on an engine beside its floor: the figures of all rounds, and whether they are within the limits.
struct SuiteFigures: Encodable, Sendable, Hashable {
    /// The most that the five seed checks may take, in times of the floor.
    static let ratioLimit = 1.15
    /// The most that the whole suite may take, in milliseconds.
    static let suiteLimit = 10_000.0

    /// One way of doing it, over all rounds.
    struct Series: Encodable, Sendable, Hashable {
        let milliseconds: Spread
        /// Calls of the engine's program, a number a round.
        let calls: [Int]

        /// - Returns: nil without a round.
        init?(_ rounds: [Measurement]) {
            guard let milliseconds = Spread(rounds.map { ($0.milliseconds * 10).rounded() / 10 }) else { return nil }
            self.milliseconds = milliseconds
            calls = rounds.map(\.calls)
        }

        /// `48`, or `48-50` when the rounds differ.
        var callRange: String {
            let (least, most) = (calls.min() ?? 0, calls.max() ?? 0)
            return least == most ? "\(least)" : "\(least)-\(most)"
        }
    }

    /// One run of something.
    struct Measurement: Sendable, Hashable {
        var milliseconds: Double
        var calls: Int
    }

    /// All that is measured in one round.
    struct Round: Sendable, Hashable {
        var floor: Measurement
        var seed: Measurement
        var suite: Measurement
    }

    /// Where the figures are from.
    struct Setting: Encodable, Sendable, Hashable {
        var engine: String
        var kernel: String
        /// The first digits of the script's SHA-256.
        var floor: String
        var isRelease: Bool
        /// Runnable processes over the last minute, when the first round began; nil where the system does not tell.
        var load: Double?
    }

    /// A figure with what it is held against.
    struct Verdict: Encodable, Sendable, Hashable {
        let value: Double
        let limit: Double
        let isMet: Bool

        /// Judged as it is printed, in hundredths: what reads like the limit is within it.
        init(_ value: Double, limit: Double) {
            self.value = (value * 100).rounded() / 100
            self.limit = limit
            isMet = self.value <= limit
        }
    }

    let setting: Setting
    let floor: Series
    let seed: Series
    let suite: Series
    /// The median of the seed checks in times of the floor's.
    let ratio: Verdict
    /// The same of each round.
    let ratios: Spread
    /// Milliseconds.
    let suiteTime: Verdict

    /// - Returns: nil without a round.
    init?(_ rounds: [Round], setting: Setting) {
        guard let floor = Series(rounds.map(\.floor)), let seed = Series(rounds.map(\.seed)),
            let suite = Series(rounds.map(\.suite)),
            let ratios = Spread(rounds.map { ($0.seed.milliseconds / $0.floor.milliseconds * 100).rounded() / 100 })
        else { return nil }
        self.setting = setting
        (self.floor, self.seed, self.suite, self.ratios) = (floor, seed, suite, ratios)
        ratio = Verdict(seed.milliseconds.median / floor.milliseconds.median, limit: Self.ratioLimit)
        suiteTime = Verdict(suite.milliseconds.median, limit: Self.suiteLimit)
    }

    /// What the process ends with: 1 when a limit is not met, like a run that found a violation.
    var exitCode: Int32 {
        ratio.isMet && suiteTime.isMet ? ConformanceEngine.ExitCode.conformant : ConformanceEngine.ExitCode.violated
    }

    var table: String {
        let rows = [
            ("floor: script \(setting.floor)", floor), ("\(Catalogue.seed): launch, checks, teardown", seed),
            ("\(Catalogue.full): the whole run", suite),
        ].map { name, series in
            [name]
                + [series.milliseconds.median, series.milliseconds.lowest, series.milliseconds.highest].map {
                    "\(Int($0.rounded())) ms"
                } + [series.callRange]
        }
        let count = ratios.values.count
        var lines = [
            TextTable.render(header: ["WHAT", "MEDIAN", "LOWEST", "HIGHEST", "ENGINE CALLS"], rows: rows), "",
            """
            \(Catalogue.seed) takes \(ratio.value) times the floor (\(ratios.lowest) to \(ratios.highest) in \(count) \
            round\(count == 1 ? "" : "s")), at most \(ratio.limit): \(ratio.isMet ? "met" : "NOT MET")
            """,
            """
            \(Catalogue.full) takes \(seconds(suiteTime.value)) s, at most \(seconds(suiteTime.limit)) s: \
            \(suiteTime.isMet ? "met" : "NOT MET")
            """,
            "on \(setting.engine), kernel \(setting.kernel)\(setting.load.map { ", load \($0) at the start" } ?? "")",
        ]
        if !setting.isRelease { lines.append("this is a debug build: its figures say little") }
        return lines.joined(separator: "\n")
    }

    private func seconds(_ milliseconds: Double) -> String {
        let tenths = Int((milliseconds / 100).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
