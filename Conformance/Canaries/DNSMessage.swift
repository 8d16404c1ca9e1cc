// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// The part of a DNS message that the harness reads and writes: header, questions and answers.
package struct DNSMessage: Sendable, Hashable {
    /// How a response ended (RFC 1035, 4.1.1).
    package enum Code: UInt8, Sendable { case noError, formatError, serverFailure, nameError, notImplemented, refused }

    package struct Question: Sendable, Hashable {
        /// The labels byte for byte, without the root.
        package var labels: [[UInt8]]
        package var type: UInt16
        /// 1 is IN.
        package var recordClass: UInt16

        /// The name in lower case, without the final dot.
        package var name: String { DNSMessage.name(labels) }
    }

    package struct Record: Sendable, Hashable {
        package var labels: [[UInt8]]
        package var type: UInt16
        package var recordClass: UInt16
        /// Seconds.
        package var timeToLive: UInt32
        package var data: [UInt8]

        package var name: String { DNSMessage.name(labels) }
    }

    package var id: UInt16
    /// The second 16 bits of the header as they came.
    package var flags: UInt16
    package var questions: [Question]
    package var answers: [Record]

    package var isResponse: Bool { flags & 0x8000 != 0 }
    package var isAuthoritative: Bool { flags & 0x0400 != 0 }
    package var opcode: UInt8 { UInt8(flags >> 11 & 0xf) }
    package var recursionDesired: Bool { flags & 0x0100 != 0 }
    /// Nil for a code without a name here.
    package var code: Code? { Code(rawValue: UInt8(flags & 0xf)) }

    /// The id of anything that is at least a whole header, however broken the rest is.
    package static func header(_ bytes: [UInt8]) -> (id: UInt16, flags: UInt16)? {
        var reader = Reader(bytes)
        guard bytes.count >= 12, let id = reader.word(), let flags = reader.word() else { return nil }
        return (id, flags)
    }

    /// Parses questions and answers; nil for anything truncated, looping or over the format's limits.
    package init?(parsing bytes: [UInt8]) {
        var reader = Reader(bytes)
        guard let id = reader.word(), let flags = reader.word(), let questionCount = reader.word(),
            let answerCount = reader.word(), reader.word() != nil, reader.word() != nil
        else { return nil }
        self.id = id
        self.flags = flags
        questions = []
        answers = []
        // The counts are the sender's claim: nothing is reserved for them, and the bytes run out first.
        for _ in 0..<questionCount {
            guard let labels = reader.labels(), let type = reader.word(), let recordClass = reader.word() else {
                return nil
            }
            questions.append(Question(labels: labels, type: type, recordClass: recordClass))
        }
        for _ in 0..<answerCount {
            guard let labels = reader.labels(), let type = reader.word(), let recordClass = reader.word(),
                let high = reader.word(), let low = reader.word(), let length = reader.word(),
                let data = reader.bytes(Int(length))
            else { return nil }
            answers.append(
                Record(
                    labels: labels, type: type, recordClass: recordClass, timeToLive: UInt32(high) << 16 | UInt32(low),
                    data: data))
        }
    }

    /// An authoritative response: the question as it was asked, case included, and addresses that nobody may cache.
    package static func response(to query: DNSMessage, code: Code, addresses: [[UInt8]] = []) -> [UInt8] {
        // Bits that are copied: opcode and RD. Bits that are set: QR and AA.
        var bytes = word(query.id) + word(0x8400 | query.flags & 0x7900 | UInt16(code.rawValue))
        let question = query.questions.first
        bytes += word(question == nil ? 0 : 1) + word(UInt16(addresses.count)) + word(0) + word(0)
        if let question {
            for label in question.labels {
                bytes.append(UInt8(label.count))
                bytes += label
            }
            bytes.append(0)
            bytes += word(question.type) + word(question.recordClass)
        }
        for address in addresses {
            let type = address.count == 4 ? DNSQuery.RecordType.a : DNSQuery.RecordType.aaaa
            bytes += word(0xc00c) + word(type) + word(1) + word(0) + word(0)
            bytes += word(UInt16(address.count)) + address
        }
        return bytes
    }

    /// A bare header that says the message made no sense.
    package static func formatError(id: UInt16, flags: UInt16) -> [UInt8] {
        word(id) + word(0x8000 | flags & 0x7900 | UInt16(Code.formatError.rawValue)) + [UInt8](repeating: 0, count: 8)
    }

    /// Puts the two-byte length of TCP before a message.
    package static func framed(_ message: [UInt8]) -> [UInt8] { word(UInt16(clamping: message.count)) + message }

    private static func word(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }

    private static func name(_ labels: [[UInt8]]) -> String {
        let lower = labels.map { label in
            label.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        }
        return String(decoding: Array(lower.joined(separator: [UInt8(ascii: ".")])), as: UTF8.self)
    }

    /// Reads a message from front to back; every step is nil beyond the end.
    private struct Reader {
        private let message: [UInt8]
        private var offset = 0

        init(_ message: [UInt8]) { self.message = message }

        mutating func byte() -> UInt8? {
            guard offset < message.count else { return nil }
            defer { offset += 1 }
            return message[offset]
        }

        mutating func word() -> UInt16? {
            guard let high = byte(), let low = byte() else { return nil }
            return UInt16(high) << 8 | UInt16(low)
        }

        mutating func bytes(_ count: Int) -> [UInt8]? {
            guard message.count - offset >= count else { return nil }
            defer { offset += count }
            return Array(message[offset..<offset + count])
        }

        /// A name, compressed or not. Each pointer must lead before the part it ends, so that no chain can loop.
        mutating func labels() -> [[UInt8]]? {
            var labels: [[UInt8]] = []
            var total = 1
            var start = offset
            var end: Int?
            while let length = byte() {
                switch length {
                case 0:
                    if let end { offset = end }
                    return labels
                case 1...63:
                    total += Int(length) + 1
                    guard total <= 255, let label = bytes(Int(length)) else { return nil }
                    labels.append(label)
                case 0xc0...:
                    guard let low = byte() else { return nil }
                    let target = Int(length & 0x3f) << 8 | Int(low)
                    guard target < start else { return nil }
                    end = end ?? offset
                    offset = target
                    start = target
                default:
                    return nil
                }
            }
            return nil
        }
    }
}
