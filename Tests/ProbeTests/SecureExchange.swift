// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Conversations that go on in TLS, as the probe's input has them.
enum SecureExchange {
    /// The line that names the helper of this build.
    static let helper = "helper \(hex(SecureServer.executable("bottle-tls").path))"
    static let request = hex("GET /asked HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")

    /// The pseudo-turn; nil is a dash.
    static func tls(_ name: String?, _ trust: String?, _ protocols: String? = nil) -> String {
        "tls:" + [name, trust, protocols].map { $0.map { hex($0) } ?? "-" }.joined(separator: ":")
    }

    /// One exchange with a port of the loopback, and its line.
    ///
    /// - Parameter timeout: Milliseconds.
    static func run(
        _ port: UInt16, _ turns: String..., helper: String = helper, timeout: Int = 20_000
    ) async throws -> ProbeRunner.Line {
        let words = (["exchange a n tcp 127.0.0.1 \(port) \(timeout)"] + turns).joined(separator: " ")
        return try await ProbeRunner.batch(helper, words).line("a")
    }

    /// What a turn received, as text.
    static func text(_ received: String?) -> String {
        let digits = (received ?? "").compactMap(\.hexDigitValue)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
