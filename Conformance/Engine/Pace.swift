// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// How much more time everything gets than on a machine that runs at its own speed.
///
/// A budget says how long silence has to last before it means something, measured against how long an answer takes: on an
/// emulated processor, where an answer takes many times as long, the same budget would prove nothing.
public struct Pace: Sendable, Hashable {
    public static let ordinary = Pace(factor: 1)
    /// Of a machine that QEMU emulates: answers of a guest's neighbour that take 10 ms elsewhere were seen to take 800.
    public static let emulated = Pace(factor: 3)

    public let factor: Int

    public init(factor: Int) { self.factor = max(factor, 1) }

    func callAsFunction(_ milliseconds: Int) -> Int { milliseconds * factor }

    func callAsFunction(_ action: ProbeAction) -> ProbeAction {
        switch action {
        case .exchange(let exchange): return .exchange(self(exchange))
        case .awaited(let exchange): return .awaited(self(exchange))
        case .listen(let address, let port, let banner, let timeout):
            return .listen(address: address, port: port, banner: banner, timeout: self(timeout))
        case .sweep(let address, let first, let last, let timeout, let settle):
            return .sweep(address: address, first: first, last: last, timeout: self(timeout), settle: self(settle))
        case .vsock(var sweep):
            sweep.timeout = self(sweep.timeout)
            return .vsock(sweep)
        case .scan(var scan):
            scan.timeout = self(scan.timeout)
            return .scan(scan)
        case .file, .readFile, .identity, .environment, .sockets, .selfTest, .writeFile, .appendFile, .tree, .environs,
            .arguments, .powers, .surfaces, .unixSockets, .certificates:
            return action
        }
    }

    private func callAsFunction(_ exchange: Exchange) -> Exchange {
        var exchange = exchange
        exchange.timeout = self(exchange.timeout)
        return exchange
    }

    func callAsFunction(_ request: ExecRequest) -> ExecRequest {
        var request = request
        request.deadlineMilliseconds = self(request.deadlineMilliseconds)
        return request
    }

    func callAsFunction(_ limits: RunConfiguration.Limits) -> RunConfiguration.Limits {
        var limits = limits
        limits.question *= factor
        limits.field *= factor
        limits.tearDown *= factor
        limits.trial *= factor
        limits.execGrace *= factor
        limits.logDelay *= factor
        limits.meeting *= factor
        return limits
    }
}
