// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The listening sockets in the kernel's own tables (`/proc/net/tcp` and its kin).
package enum SocketTable {
    /// The listeners in one table, as `tcp 127.0.0.1:9099` or `tcp [::]:8888`; unconnected sockets of a UDP table.
    ///
    /// - Parameters:
    ///   - name: `tcp`, `tcp6`, `udp` or `udp6`.
    ///   - text: The table; a line that does not look like one is left out.
    package static func listeners(_ name: String, _ text: String) -> [String] {
        let isUDP = name.hasPrefix("udp")
        // 0A is TCP_LISTEN; a UDP socket that nobody connected is in TCP_CLOSE.
        let state: Substring = isUDP ? "07" : "0A"
        var result: [String] = []
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 4, words[3] == state else { continue }
            let local = words[1].split(separator: ":")
            guard local.count == 2, let port = UInt16(local[1], radix: 16), let address = address(local[0]) else {
                continue
            }
            result.append("\(isUDP ? "udp" : "tcp") \(address):\(port)")
        }
        return result
    }

    /// The kernel prints addresses as 32-bit words in host byte order.
    private static func address(_ hex: Substring) -> String? {
        let digits = Array(hex.utf8)
        guard digits.count == 8 || digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 8) {
            let word = String(decoding: digits[start..<start + 8], as: UTF8.self)
            guard let value = UInt32(word, radix: 16) else { return nil }
            withUnsafeBytes(of: value) { bytes += $0 }
        }
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] {
            return "[::ffff:\(bytes.suffix(4).map(String.init).joined(separator: "."))]"
        }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return "[\(compressed(groups))]"
    }

    /// RFC 5952: the first longest run of two or more zero groups becomes `::`.
    private static func compressed(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !best.isEmpty else { return text(groups[...]) }
        return "\(text(groups[..<best.lowerBound]))::\(text(groups[best.upperBound...]))"
    }
}
