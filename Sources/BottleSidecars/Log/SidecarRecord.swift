// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One line of a sidecar's log; never holds a header's value or a token.
package struct SidecarRecord: Sendable {
    package var daemon: String
    /// `health`, `forward`, `tunnel`, `blocked`, `request`, `started`, `fault`, `error`, ...
    package var event: String
    /// The peer as `ip:port`; empty for records without a peer.
    package var client: String
    /// What was asked for, as received.
    package var target: String
    package var nonce: String?
    package var detail: String?

    package init(
        daemon: String, event: String, client: String = "", target: String = "", nonce: String? = nil,
        detail: String? = nil
    ) {
        self.daemon = daemon
        self.event = event
        self.client = client
        self.target = target
        self.nonce = nonce
        self.detail = detail
    }

    /// The record as one JSON line, newline included, stamped with the present time.
    package func line() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        let members: [(String, String?)] = [
            ("daemon", daemon), ("time", Self.now()), ("event", event), ("client", client),
            ("target", Self.escaped(target, limit: 512)), ("nonce", nonce),
            ("detail", detail.map { Self.escaped($0, limit: 1024) }),
        ]
        for case (let name, .some(let value)) in members {
            bytes += bytes.isEmpty ? [0x7b, 0x22] : [0x2c, 0x22]
            bytes += name.utf8
            bytes += [0x22, 0x3a]
            JSONValue.appendQuoted(value, to: &bytes)
        }
        bytes += [0x7d, 0x0a]
        return bytes
    }

    /// The first run of exactly 32 lower-case hex digits, if any.
    package static func nonce(in text: some StringProtocol) -> String? {
        var run: [UInt8] = []
        for byte in text.utf8 {
            if (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) {
                run.append(byte)
            } else {
                if run.count == 32 { break }
                run.removeAll(keepingCapacity: true)
            }
        }
        return run.count == 32 ? String(decoding: run, as: UTF8.self) : nil
    }

    /// Control and non-ASCII bytes as `\xNN`, cut off at `limit` bytes.
    package static func escaped(_ text: String, limit: Int) -> String { escaped(Array(text.utf8), limit: limit) }

    /// Control and non-ASCII bytes as `\xNN`, cut off at `limit` bytes.
    package static func escaped(_ bytes: some Sequence<UInt8>, limit: Int) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(min(limit, bytes.underestimatedCount))
        for byte in bytes {
            // Every request is logged, and almost every byte of one is as it should be.
            if (0x20..<0x7f).contains(byte) {
                if out.count == limit { break }
                out.append(byte)
            } else {
                if out.count + 4 > limit { break }
                out += [0x5c, 0x78, lowerHex[Int(byte >> 4)], lowerHex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// RFC 3339, UTC, milliseconds.
    private static func now() -> String {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        var seconds = time_t(clock.tv_sec)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = Array("0000-00-00T00:00:00.000Z".utf8)
        let fields: [(end: Int, value: Int)] = [
            (3, Int(parts.tm_year) + 1900), (6, Int(parts.tm_mon) + 1), (9, Int(parts.tm_mday)),
            (12, Int(parts.tm_hour)),
            (15, Int(parts.tm_min)), (18, Int(parts.tm_sec)), (22, Int(clock.tv_nsec) / 1_000_000),
        ]
        for (end, value) in fields {
            var (index, rest) = (end, value)
            while rest > 0, index >= 0 {
                text[index] = 0x30 + UInt8(rest % 10)
                rest /= 10
                index -= 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
