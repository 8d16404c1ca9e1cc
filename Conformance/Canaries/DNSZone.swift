// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// What the name servers of the field know: A records by lower-case name, and the zone they live in.
struct DNSZone: Sendable {
    let apex: String
    private var records: [String: [UInt8]] = [:]
    /// Names that only exist because a record lives below them: they have no data, but they are no NXDOMAIN either.
    private var ancestors: Set<String> = []

    init(apex: String) {
        self.apex = apex.lowercased()
        ancestors.insert(self.apex)
    }

    /// Adds or replaces the A record of a name.
    mutating func add(_ name: String, address: [UInt8]) {
        let name = name.lowercased()
        records[name] = address
        var rest = name[...]
        while let dot = rest.firstIndex(of: "."), rest.hasSuffix("." + apex) {
            rest = rest[rest.index(after: dot)...]
            ancestors.insert(String(rest))
        }
    }

    /// The answer to one message and the names it asked for.
    ///
    /// - Returns: no answer for what is not a query; an answer to a response could start an endless exchange.
    func answer(_ bytes: [UInt8]) -> (response: [UInt8]?, names: [String]) {
        guard let (id, flags) = DNSMessage.header(bytes), flags & 0x8000 == 0 else {
            return (nil, DNSMessage(parsing: bytes)?.questions.map(\.name) ?? [])
        }
        // EDNS and anything else behind the question is not read: an answer never needs it.
        guard let query = DNSMessage(parsing: bytes), query.questions.count == 1, let question = query.questions.first
        else { return (DNSMessage.formatError(id: id, flags: flags), []) }
        return (respond(to: query, question), [question.name])
    }

    private func respond(to query: DNSMessage, _ question: DNSMessage.Question) -> [UInt8] {
        guard query.opcode == 0 else { return DNSMessage.response(to: query, code: .notImplemented) }
        let name = question.name
        guard let address = records[name] else {
            return DNSMessage.response(to: query, code: ancestors.contains(name) ? .noError : .nameError)
        }
        let wanted = [DNSQuery.RecordType.a, DNSQuery.RecordType.any].contains(question.type)
        return DNSMessage.response(to: query, code: .noError, addresses: wanted ? [address] : [])
    }
}
