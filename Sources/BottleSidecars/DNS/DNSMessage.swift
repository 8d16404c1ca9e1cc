// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The part of DNS a stub resolver needs: a question for A records, and the reading of its answer.
package enum DNSMessage {
    /// What an answer says.
    package enum Answer: Sendable, Hashable {
        /// Every address of the name, aliases followed; never empty.
        case addresses([IPAddress])
        /// The answer did not fit: ask again over TCP.
        case truncated
        /// The name does not exist or has no IPv4 address.
        case none
        /// The server failed or refused.
        case failed(code: UInt8)
    }

    /// A recursive query for the A records of a name that `HostSpec` accepted.
    package static func query(id: UInt16, name: String) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xff), 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.utf8.split(separator: UInt8(ascii: ".")) {
            bytes.append(UInt8(truncatingIfNeeded: label.count))
            bytes += label
        }
        return bytes + [0, 0, 1, 0, 1]
    }

    /// Reads an answer to that query; nil when the message answers anything else or is malformed: then it is ignored.
    package static func answer(_ message: [UInt8], id: UInt16, name: String) -> Answer? {
        var reader = Reader(bytes: message)
        guard let header = reader.take(12), header[0] == UInt8(id >> 8), header[1] == UInt8(id & 0xff),
            header[2] & 0xf8 == 0x80, header[4] == 0, header[5] == 1,
            reader.name() == name, reader.take(4) == [0, 1, 0, 1]
        else { return nil }
        if header[2] & 0x02 != 0 { return .truncated }
        let code = header[3] & 0x0f
        if code == 3 { return Answer.none }
        guard code == 0 else { return .failed(code: code) }
        var aliases: [String: String] = [:]
        var addresses: [(owner: String, address: IPAddress)] = []
        for _ in 0..<(Int(header[6]) << 8 | Int(header[7])) {
            guard let owner = reader.name(), let fixed = reader.take(10) else { return nil }
            let length = Int(fixed[8]) << 8 | Int(fixed[9])
            let start = reader.index
            guard let data = reader.take(length) else { return nil }
            guard fixed[0] == 0, fixed[2] == 0, fixed[3] == 1 else { continue }
            if fixed[1] == 1 {
                guard length == 4, let address = IPAddress(bytes: data) else { return nil }
                addresses.append((owner, address))
            } else if fixed[1] == 5 {
                var alias = Reader(bytes: message, index: start)
                guard let target = alias.name(), aliases.updateValue(target, forKey: owner) == nil else { return nil }
            }
        }
        var owner = name
        // More hops than any honest zone has, and an end to loops.
        for _ in 0..<16 {
            guard let next = aliases[owner] else { break }
            owner = next
        }
        let found = addresses.filter { $0.owner == owner }.map(\.address)
        return found.isEmpty ? Answer.none : .addresses(found)
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        mutating func take(_ count: Int) -> [UInt8]? {
            guard index + count <= bytes.count else { return nil }
            defer { index += count }
            return Array(bytes[index..<(index + count)])
        }

        /// A name in lower case without its root dot; nil when malformed. Pointers lead backwards only.
        mutating func name() -> String? {
            var labels: [String] = []
            var length = 0
            var position = index
            var limit = index
            var hasJumped = false
            while true {
                guard position < bytes.count else { return nil }
                let octet = Int(bytes[position])
                if octet == 0 {
                    if !hasJumped { index = position + 1 }
                    return labels.joined(separator: ".")
                }
                if octet & 0xc0 == 0xc0 {
                    guard position + 1 < bytes.count else { return nil }
                    let target = (octet & 0x3f) << 8 | Int(bytes[position + 1])
                    guard target < limit else { return nil }
                    if !hasJumped { index = position + 2 }
                    hasJumped = true
                    limit = target
                    position = target
                    continue
                }
                length += octet + 1
                guard octet < 64, length <= 255, position + 1 + octet <= bytes.count else { return nil }
                let label = bytes[(position + 1)..<(position + 1 + octet)]
                // A dot inside a label would read as two labels later on.
                guard !label.contains(UInt8(ascii: ".")) else { return nil }
                labels.append(
                    String(decoding: label.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self))
                position += 1 + octet
            }
        }
    }
}
