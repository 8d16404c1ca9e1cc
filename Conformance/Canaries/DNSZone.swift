// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// What the name servers of the field know: addresses by lower-case name, and the zone they live in.
struct DNSZone: Sendable {
    /// What a name leads to.
    struct Record: Sendable, Hashable {
        /// The IPv4 addresses of one answer after the other: whoever asks again gets the next one, the last one first again.
        var answers: [[[UInt8]]]
        /// The IPv6 addresses of every answer.
        var v6: [[UInt8]] = []
    }

    let apex: String
    private var records: [String: Record] = [:]
    /// How often a name was asked for its IPv4 addresses.
    private var turns: [String: Int] = [:]
    /// Names that only exist because a record lives below them: they have no data, but they are no NXDOMAIN either.
    private var ancestors: Set<String> = []

    init(apex: String) {
        self.apex = apex.lowercased()
        ancestors.insert(self.apex)
    }

    /// Adds or replaces what a name leads to.
    mutating func add(_ name: String, _ record: Record) {
        let name = name.lowercased()
        records[name] = record
        turns[name] = nil
        var rest = name[...]
        while let dot = rest.firstIndex(of: "."), rest.hasSuffix("." + apex) {
            rest = rest[rest.index(after: dot)...]
            ancestors.insert(String(rest))
        }
    }

    /// The answer to one message and the names it asked for.
    ///
    /// - Returns: no answer for what is not a query; an answer to a response could start an endless exchange.
    mutating func answer(_ bytes: [UInt8]) -> (response: [UInt8]?, names: [String]) {
        guard let (id, flags) = DNSMessage.header(bytes), flags & 0x8000 == 0 else {
            return (nil, DNSMessage(parsing: bytes)?.questions.map(\.name) ?? [])
        }
        // EDNS and anything else behind the question is not read: an answer never needs it.
        guard let query = DNSMessage(parsing: bytes), query.questions.count == 1, let question = query.questions.first
        else { return (DNSMessage.formatError(id: id, flags: flags), []) }
        return (respond(to: query, question), [question.name])
    }

    private mutating func respond(to query: DNSMessage, _ question: DNSMessage.Question) -> [UInt8] {
        guard query.opcode == 0 else { return DNSMessage.response(to: query, code: .notImplemented) }
        let name = question.name
        guard let record = records[name] else {
            return DNSMessage.response(to: query, code: ancestors.contains(name) ? .noError : .nameError)
        }
        var addresses: [[UInt8]] = []
        let isForAll = question.type == DNSQuery.RecordType.any
        if isForAll || question.type == DNSQuery.RecordType.a, !record.answers.isEmpty {
            let turn = turns[name, default: 0]
            turns[name] = (turn + 1) % record.answers.count
            addresses += record.answers[turn]
        }
        if isForAll || question.type == DNSQuery.RecordType.aaaa { addresses += record.v6 }
        return DNSMessage.response(to: query, code: .noError, addresses: addresses)
    }
}

extension DNSZone.Record {
    /// A name that leads to one address, whoever asks and how often.
    init(_ address: [UInt8]) { self.init(answers: [[address]]) }
}
