// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore
import NIOPosix

/// Puts a load on an origin or a proxy, and measures it.
package struct LoadClient: Sendable {
    /// Becomes a client of TLS on a connection; nil where the load is plain.
    typealias Secure = @Sendable (Connection, String, SidecarTimeouts) async throws(HTTPFailure) -> Void

    private let plan: LoadPlan
    private let group: any EventLoopGroup
    private let secure: Secure?
    private let timeouts = SidecarTimeouts()

    init(plan: LoadPlan, group: any EventLoopGroup, secure: Secure?) {
        self.plan = plan
        self.group = group
        self.secure = secure
    }

    /// Runs until its time is up; a failure ends its connection, and another one is made.
    package func run() async -> LoadResult {
        let start = ContinuousClock.now
        let end = start + plan.duration
        var result = LoadResult()
        await withTaskGroup(of: LoadResult.self) { tasks in
            for _ in 0..<plan.connections {
                tasks.addTask {
                    var own = LoadResult()
                    // Once in any case: a load that tried nothing would have failed at nothing.
                    repeat {
                        await connection(until: end, &own)
                    } while ContinuousClock.now < end && own.failures < Self.patience
                    return own
                }
            }
            for await own in tasks { result.add(own) }
        }
        result.seconds = (ContinuousClock.now - start) / .seconds(1)
        return result
    }

    /// Failures of one connection after another, from which on it is no load any more.
    private static let patience = 20

    private func connection(until end: ContinuousClock.Instant, _ result: inout LoadResult) async {
        var own = LoadResult()
        do {
            guard case .literal(let address) = plan.address.host else {
                throw HTTPFailure(0, "a load goes to an IP address")
            }
            let began = ContinuousClock.now
            let connection = try await Connection.dial(address, port: plan.address.port, on: group, timeouts: timeouts)
            own = try await connection.wrapped.executeThenClose { inbound in
                var own = LoadResult()
                do {
                    try await converse(connection, ByteReader(inbound), since: began, until: end, &own)
                } catch {
                    own.failures += 1
                    own.firstFailure = (error as? HTTPFailure)?.reason ?? "\(error)"
                }
                return own
            }
        } catch {
            own.failures += 1
            own.firstFailure = (error as? HTTPFailure)?.reason ?? "\(error)"
        }
        result.add(own)
    }

    private func converse(
        _ connection: Connection, _ reader: ByteReader, since began: ContinuousClock.Instant,
        until end: ContinuousClock.Instant, _ result: inout LoadResult
    ) async throws {
        if plan.isProxy {
            try await connection.write(
                ByteBuffer(string: "CONNECT \(plan.target) HTTP/1.1\r\nHost: \(plan.target)\r\n\r\n"))
            guard let bytes = try await reader.head(limit: 65536) else { throw HTTPFailure(0, "no answer to CONNECT") }
            let head = try ResponseHead(bytes)
            guard head.status == 200 else { throw HTTPFailure(head.status, "CONNECT got \(head.status)") }
        }
        if let secure { try await secure(connection, "\(plan.target.host)", timeouts) }
        let host = plan.isPlain ? plan.target.httpHost : plan.target.httpsHost
        let isLast = plan.mode == .tunnels
        let request = ByteBuffer(
            string: "GET \(plan.path) HTTP/1.1\r\nHost: \(host)\r\n\(isLast ? "Connection: close\r\n" : "")\r\n")
        var start = began
        repeat {
            if !isLast { start = ContinuousClock.now }
            try await connection.write(request)
            guard let bytes = try await reader.head(limit: 65536) else { throw HTTPFailure(0, "no answer") }
            let head = try ResponseHead(bytes)
            guard head.status == 200 else { throw HTTPFailure(head.status, "a request got \(head.status)") }
            var state = BodyState(try BodyFraming.ofResponse(head, method: "GET"))
            while let piece = try await reader.body(&state) { result.bytes += piece.readableBytes }
            result.requests += 1
            result.microseconds.append(Int((ContinuousClock.now - start) / .microseconds(1)))
        } while !isLast && ContinuousClock.now < end
    }
}
