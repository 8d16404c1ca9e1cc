// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The document with sorted keys, one value a line, one line feed at the end: two equal values, one text.
    ///
    /// Control, format and other invisible characters are escaped, so that a difference can be seen.
    public var pretty: String {
        var output = ""
        write(to: &output, indent: 0)
        return output + "\n"
    }

    private func write(to output: inout String, indent: Int) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .number(let value): output += Self.text(value)
        case .string(let text): output += Self.quoted(text)
        case .array(let elements):
            Self.write(elements, between: ("[", "]"), to: &output, indent: indent) { element, output, indent in
                element.write(to: &output, indent: indent)
            }
        case .object(let members):
            let sorted = members.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
            Self.write(sorted, between: ("{", "}"), to: &output, indent: indent) { member, output, indent in
                output += Self.quoted(member.key) + ": "
                member.value.write(to: &output, indent: indent)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], between brackets: (String, String), to output: inout String, indent: Int,
        _ body: (Element, inout String, Int) -> Void
    ) {
        output += brackets.0
        for (index, element) in elements.enumerated() {
            output += (index == 0 ? "\n" : ",\n") + String(repeating: "  ", count: indent + 1)
            body(element, &output, indent + 1)
        }
        if !elements.isEmpty { output += "\n" + String(repeating: "  ", count: indent) }
        output += brackets.1
    }

    private static func text(_ number: Double) -> String {
        // Doubles are exact for these, and nobody writes "1.0" for a port.
        number.rounded() == number && number.magnitude < 9e15 ? String(Int64(number)) : String(number)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                    for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
                        let digits = String(unit, radix: 16)
                        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
