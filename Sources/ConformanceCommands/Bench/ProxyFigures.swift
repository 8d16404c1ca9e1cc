// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What `bench proxy` measured, and whether its limits are met.
struct ProxyFigures: Encodable, Sendable {
    /// What one load of one round came to.
    struct Sample: Decodable, Sendable, Hashable {
        var requests: Int
        var failures: Int
        var bytes: Int
        var seconds: Double
        var p50: Int?
        var p99: Int?
        var firstFailure: String?

        private enum CodingKeys: String, CodingKey {
            case requests, failures, bytes, seconds
            case p50 = "p50_us"
            case p99 = "p99_us"
            case firstFailure = "first_failure"
        }
    }

    /// All rounds of one load.
    struct Row: Encodable, Sendable {
        let name: String
        /// Requests a second, or bytes.
        let rate: Spread
        /// Of a request in microseconds.
        let p50: Spread?
        let p99: Spread?
    }

    /// KiB of pipelock while a body of 1 GiB streamed.
    struct Memory: Encodable, Sendable, Hashable {
        var beforeKiB: Int
        var highestKiB: Int
        var growthKiB: Int { highestKiB - beforeKiB }
    }

    /// A limit, and what it was held against.
    struct Limit: Encodable, Sendable, Hashable {
        let name: String
        /// nil where one side of it was not measured.
        let value: Double?
        let bound: Double
        /// Whether the bound is the least that will do.
        let isLeast: Bool

        /// nil where nothing can be said.
        var isMet: Bool? { value.map { isLeast ? $0 >= bound : $0 <= bound } }
    }

    let isRelease: Bool
    let rounds: Int
    var memory: Memory?
    /// Programs that are not installed.
    var missing: [String] = []
    private var samples: [ProxyBench.Load: [Sample]] = [:]

    init(isRelease: Bool, rounds: Int) {
        self.isRelease = isRelease
        self.rounds = rounds
    }

    mutating func add(_ sample: Sample, of load: ProxyBench.Load) { samples[load, default: []].append(sample) }

    func row(_ load: ProxyBench.Load) -> Row? {
        guard let samples = samples[load],
            let rate = Spread(samples.map { Double(load.isBytes ? $0.bytes : $0.requests) / max($0.seconds, 0.001) })
        else { return nil }
        return Row(
            name: load.name, rate: rate, p50: Spread(samples.compactMap { $0.p50.map(Double.init) }),
            p99: Spread(samples.compactMap { $0.p99.map(Double.init) }))
    }

    private func ratio(_ first: ProxyBench.Load, _ second: ProxyBench.Load) -> Double? {
        guard let one = row(first)?.rate.median, let other = row(second)?.rate.median, other > 0 else { return nil }
        return (one / other * 100).rounded() / 100
    }

    /// What is asked of the reference; a program that is not installed leaves its limit open, and that is told apart.
    var limits: [Limit] {
        [
            Limit(
                name: "requests through opened tunnels, times mitmproxy's", value: ratio(.opened, .mitmproxy),
                bound: 10,
                isLeast: true),
            Limit(
                name: "new tunnels a second, times tinyproxy's", value: ratio(.tunnels, .tinyproxyTunnels), bound: 1,
                isLeast: true),
            Limit(
                name: "bytes a second through a tunnel, times tinyproxy's", value: ratio(.bytes, .tinyproxyBytes),
                bound: 1, isLeast: true),
            Limit(
                name: "MiB that pipelock grows by while 1 GiB streams",
                value: memory.map { (Double($0.growthKiB) / 102.4).rounded() / 10 }, bound: 64, isLeast: false),
        ]
    }

    /// 0 when all limits are met, 1 when one is not, 2 when one could not be told.
    var exitCode: Int32 {
        let verdicts = limits.map(\.isMet)
        return verdicts.contains(false) ? 1 : verdicts.contains(nil) ? 2 : 0
    }

    private enum CodingKeys: String, CodingKey { case isRelease, rounds, rows, memory, missing, limits }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isRelease, forKey: .isRelease)
        try container.encode(rounds, forKey: .rounds)
        try container.encode(ProxyBench.Load.allCases.compactMap(row), forKey: .rows)
        try container.encode(memory, forKey: .memory)
        try container.encode(missing, forKey: .missing)
        try container.encode(limits, forKey: .limits)
    }

    var table: String {
        func text(_ spread: Spread?, _ unit: Double = 1) -> String {
            guard let spread else { return "-" }
            return
                "\(Int(spread.median / unit)) (\(Int(spread.lowest / unit))-\(Int(spread.highest / unit)))"
        }
        let rows = ProxyBench.Load.allCases.compactMap { load -> [String]? in
            guard let row = row(load) else { return nil }
            return load.isBytes
                ? [row.name, text(row.rate, 1_048_576), "MiB/s", "-", "-"]
                : [row.name, text(row.rate), "1/s", text(row.p50), text(row.p99)]
        }
        var lines = [TextTable.render(header: ["LOAD", "MEDIAN", "UNIT", "P50 US", "P99 US"], rows: rows), ""]
        for limit in limits {
            let bound = "\(limit.isLeast ? "at least" : "at most") \(limit.bound)"
            let value = limit.value.map { "\($0), \(bound): \(limit.isMet == true ? "met" : "NOT met")" }
            lines.append("\(limit.name): \(value ?? "not measured")")
        }
        for program in missing { lines.append("not measured, for it is not installed: \(program)") }
        if !isRelease { lines.append("this is a debug build: its figures say little") }
        return lines.joined(separator: "\n")
    }
}
