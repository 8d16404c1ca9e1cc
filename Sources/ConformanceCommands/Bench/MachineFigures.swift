// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// What a bottle with a microVM and the conversion of its image cost beside their floors, and whether that is within the limits.
struct MachineFigures: Encodable, Sendable, Hashable {
    typealias Series = SuiteFigures.Series
    typealias Measurement = SuiteFigures.Measurement
    typealias Verdict = SuiteFigures.Verdict

    /// The most that a bottle may take, in times of the floor.
    static let launchLimit = 1.1
    /// The most that a conversion may take, in times of the raw one.
    static let conversionLimit = 1.1
    /// The most that an artefact of the cache may take beyond the image inspection, in milliseconds.
    static let hitLimit = 50.0

    /// All that is measured of bottles in one round.
    struct Round: Sendable, Hashable {
        var floor: Measurement
        /// `machine create` and `machine start` with nothing beside.
        var machine: Measurement
        var launch: Measurement
    }

    /// One conversion each way.
    struct Conversion: Sendable, Hashable {
        var floor: Measurement
        var ours: Measurement
    }

    /// One time that an image was looked up and its artefact taken from the cache, in milliseconds.
    struct Hit: Sendable, Hashable {
        var inspection: Double
        var artefact: Double
    }

    /// Where the figures are from.
    struct Setting: Encodable, Sendable, Hashable {
        var smolvm: String
        var engine: String
        var kernel: String
        /// The emulator of the lab that this ran in; nil outside of labs.
        var emulator: String?
        /// The first digits of the script's SHA-256.
        var floor: String
        var isRelease: Bool
        /// Runnable processes over the last minute, when the first round began; nil where the system does not tell.
        var load: Double?
    }

    /// Something of ours beside its floor.
    struct Comparison: Encodable, Sendable, Hashable {
        let floor: Series
        let ours: Series
        /// The median of ours in times of the floor's.
        let ratio: Verdict
        /// The same of each round.
        let ratios: Spread

        /// - Returns: nil without a round.
        init?(_ rounds: [(floor: Measurement, ours: Measurement)], limit: Double) {
            guard let floor = Series(rounds.map(\.floor)), let ours = Series(rounds.map(\.ours)),
                let ratios = Spread(
                    rounds.map { ($0.ours.milliseconds / $0.floor.milliseconds * 100).rounded() / 100 })
            else { return nil }
            (self.floor, self.ours, self.ratios) = (floor, ours, ratios)
            ratio = Verdict(ours.milliseconds.median / floor.milliseconds.median, limit: limit)
        }
    }

    let setting: Setting
    let launch: Comparison
    let machine: Series
    /// Nil when none was asked for.
    let conversion: Comparison?
    /// Milliseconds.
    let inspection: Spread
    /// Milliseconds beyond the inspection.
    let artefact: Spread
    let hit: Verdict

    /// - Returns: nil without a round or a hit.
    init?(_ rounds: [Round], conversions: [Conversion], hits: [Hit], setting: Setting) {
        func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
        guard let launch = Comparison(rounds.map { ($0.floor, $0.launch) }, limit: Self.launchLimit),
            let machine = Series(rounds.map(\.machine)),
            let inspection = Spread(hits.map { hundredths($0.inspection) }),
            let artefact = Spread(hits.map { hundredths($0.artefact) })
        else { return nil }
        (self.setting, self.launch, self.machine) = (setting, launch, machine)
        (self.inspection, self.artefact) = (inspection, artefact)
        conversion = Comparison(conversions.map { ($0.floor, $0.ours) }, limit: Self.conversionLimit)
        hit = Verdict(artefact.median, limit: Self.hitLimit)
    }

    /// What the process ends with: 1 when a limit is not met, like a run that found a violation.
    var exitCode: Int32 {
        [launch.ratio, conversion?.ratio, hit].allSatisfy { $0?.isMet ?? true }
            ? ConformanceEngine.ExitCode.conformant : ConformanceEngine.ExitCode.violated
    }

    var table: String {
        var rows = [
            row("floor: script \(setting.floor)", launch.floor),
            row("launch, first command, teardown", launch.ours),
            row("machine create and start alone", machine),
        ]
        if let conversion {
            rows.append(row("docker save and pack create", conversion.floor))
            rows.append(row("our conversion", conversion.ours))
        }
        rows.append(row("image inspection", inspection))
        rows.append(row("its artefact from the cache", artefact))
        let alone = Verdict(launch.ours.milliseconds.median / machine.milliseconds.median, limit: .infinity).value
        var lines = [
            TextTable.render(header: ["WHAT", "MEDIAN", "LOWEST", "HIGHEST", "CALLS"], rows: rows), "",
            sentence("a bottle", launch), "a bottle takes \(alone) times machine create and start alone",
            conversion.map { sentence("a conversion", $0) } ?? "a conversion was not measured",
            """
            an artefact of the cache takes \(hit.value) ms beyond the image inspection, at most \(Int(hit.limit)) ms: \
            \(hit.isMet ? "met" : "NOT MET")
            """,
            "on smolvm \(setting.smolvm), \(setting.engine), kernel \(setting.kernel)"
                + (setting.emulator.map { ", in a lab on \($0)" } ?? "")
                + (setting.load.map { ", load \($0) at the start" } ?? ""),
        ]
        if !setting.isRelease { lines.append("this is a debug build: its figures say little") }
        return lines.joined(separator: "\n")
    }

    private func sentence(_ what: String, _ comparison: Comparison) -> String {
        let (ratio, ratios) = (comparison.ratio, comparison.ratios)
        let count = ratios.values.count
        return """
            \(what) takes \(ratio.value) times the floor (\(ratios.lowest) to \(ratios.highest) in \(count) \
            round\(count == 1 ? "" : "s")), at most \(ratio.limit): \(ratio.isMet ? "met" : "NOT MET")
            """
    }

    private func row(_ name: String, _ series: Series) -> [String] {
        let spread = series.milliseconds
        return [name] + [spread.median, spread.lowest, spread.highest].map { "\(Int($0.rounded())) ms" }
            + [series.callRange]
    }

    private func row(_ name: String, _ spread: Spread) -> [String] {
        [name] + [spread.median, spread.lowest, spread.highest].map { "\($0) ms" } + ["-"]
    }
}
