// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A strict parser of RFC 8259 documents: no comments, no trailing commas, no duplicate names, bounded depth.
package struct JSONParser {
    /// Where and why a document is no JSON.
    package struct Failure: Error, Sendable, Hashable {
        /// 1-based.
        package let line: Int
        package let message: String
    }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Parses a whole document; the message of a failure never repeats a value of the document.
    package static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        var parser = JSONParser(bytes)
        parser.skipSpace()
        guard parser.index < bytes.count else { throw parser.failure("the document is empty") }
        let value = try parser.value()
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.failure("text after the end of the document") }
        return value
    }

    private func failure(_ message: String) -> Failure {
        Failure(line: 1 + bytes[..<min(index, bytes.count)].count { $0 == 0x0a }, message: message)
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { index += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(Failure) {
        guard peek == byte else { throw failure("expected '\(Character(UnicodeScalar(byte)))'") }
        index += 1
    }

    private mutating func value() throws(Failure) -> JSONValue {
        switch peek {
        case UInt8(ascii: "{"): return try nested { (parser) throws(Failure) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(Failure) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), .some(0x30...0x39): return try number()
        default: throw failure("expected a JSON value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(Failure) -> JSONValue
    ) throws(Failure) -> JSONValue {
        depth += 1
        guard depth <= 32 else { throw failure("nested deeper than 32 levels") }
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Failure) -> JSONValue {
        guard bytes[index...].starts(with: word.utf8) else { throw failure("expected a JSON value") }
        index += word.utf8.count
        return value
    }

    private mutating func object() throws(Failure) -> JSONValue {
        try expect(UInt8(ascii: "{"))
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if peek == UInt8(ascii: "}") {
            index += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw failure("expected a member name in quotes") }
            let name = try string()
            guard names.insert(name).inserted else { throw failure("the key '\(name)' stands there twice") }
            skipSpace()
            try expect(UInt8(ascii: ":"))
            skipSpace()
            members.append(.init(name: name, value: try value()))
            skipSpace()
            if peek == UInt8(ascii: ",") {
                index += 1
                continue
            }
            try expect(UInt8(ascii: "}"))
            return .object(members)
        }
    }

    private mutating func array() throws(Failure) -> JSONValue {
        try expect(UInt8(ascii: "["))
        var elements: [JSONValue] = []
        skipSpace()
        if peek == UInt8(ascii: "]") {
            index += 1
            return .array([])
        }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if peek == UInt8(ascii: ",") {
                index += 1
                continue
            }
            try expect(UInt8(ascii: "]"))
            return .array(elements)
        }
    }

    private mutating func number() throws(Failure) -> JSONValue {
        let start = index
        if peek == UInt8(ascii: "-") { index += 1 }
        let first = index
        try digits()
        guard bytes[first] != 0x30 || index == first + 1 else { throw failure("a number with a leading zero") }
        var isInteger = true
        if peek == UInt8(ascii: ".") {
            isInteger = false
            index += 1
            try digits()
        }
        if let exponent = peek, exponent | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            index += 1
            if let sign = peek, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard !isInteger, let value = Double(text) else { throw failure("a number out of range") }
        return .number(value)
    }

    private mutating func digits() throws(Failure) {
        let start = index
        while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
        guard index > start else { throw failure("expected a digit") }
    }

    private mutating func string() throws(Failure) -> String {
        try expect(UInt8(ascii: "\""))
        var content: [UInt8] = []
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw failure("a string that is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): content += try escape()
            case 0x00..<0x20: throw failure("a control character in a string")
            default: content.append(byte)
            }
        }
        throw failure("a string without its closing quote")
    }

    private mutating func escape() throws(Failure) -> [UInt8] {
        guard let byte = peek else { throw failure("a string without its closing quote") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): break
        default: throw failure("an unknown escape in a string")
        }
        var value = try hex4()
        if (0xd800..<0xdc00).contains(value), bytes[index...].starts(with: [0x5c, 0x75]) {
            index += 2
            let low = try hex4()
            guard (0xdc00..<0xe000).contains(low) else { throw failure("half a surrogate pair in a string") }
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = UnicodeScalar(value) else { throw failure("half a surrogate pair in a string") }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func hex4() throws(Failure) -> UInt32 {
        guard index + 4 <= bytes.count else { throw failure("an escape that is cut off") }
        var value: UInt32 = 0
        for byte in bytes[index..<(index + 4)] {
            guard let digit = hexDigit(byte) else { throw failure("a \\u escape without four hex digits") }
            value = value << 4 | UInt32(digit)
        }
        index += 4
        return value
    }
}
