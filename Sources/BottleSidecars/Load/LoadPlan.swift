// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a load consists of: who is asked, through whom, for what, how often at once and for how long.
package struct LoadPlan: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Requests one after the other over kept connections.
        case requests
        /// A new tunnel, or a new connection, for each request.
        case tunnels
    }

    package var mode = Mode.requests
    /// Whom connections are made to: the origin, or a proxy.
    package var address: HostPort
    /// Whether a tunnel is asked for first.
    package var isProxy = false
    /// The origin's name and port.
    package var target: HostPort
    package var path = "/bytes/1024"
    /// Whether requests go out as they are.
    package var isPlain = false
    package var connections = 16
    package var duration = Duration.seconds(5)

    package init(address: HostPort, target: HostPort) {
        self.address = address
        self.target = target
    }
}

/// What came of a load.
package struct LoadResult: Sendable {
    package var requests = 0
    package var failures = 0
    /// Of bodies.
    package var bytes = 0
    package var seconds = 0.0
    /// Microseconds of each request, in no order.
    package var microseconds: [Int] = []
    /// The first failure, in words.
    package var firstFailure: String?

    package init() {}

    mutating func add(_ other: LoadResult) {
        requests += other.requests
        failures += other.failures
        bytes += other.bytes
        microseconds += other.microseconds
        firstFailure = firstFailure ?? other.firstFailure
    }

    /// The value below which a share of the requests stayed; nil without any.
    func percentile(_ share: Double) -> Int? {
        guard !microseconds.isEmpty else { return nil }
        let sorted = microseconds.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    /// One line of JSON.
    package var json: String {
        let failure = firstFailure.map { text in
            var bytes: [UInt8] = []
            JSONValue.appendQuoted(SidecarRecord.escaped(text, limit: 300), to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        return
            "{\"requests\":\(requests),\"failures\":\(failures),\"bytes\":\(bytes),\"seconds\":\(seconds),"
            + "\"p50_us\":\(percentile(0.5).map(String.init) ?? "null"),\"p99_us\":\(percentile(0.99).map(String.init) ?? "null"),"
            + "\"first_failure\":\(failure ?? "null")}"
    }
}
