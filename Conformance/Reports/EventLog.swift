// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import ConformanceEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The event stream as a file: JSON Lines, one event a line, sorted keys; `Conformance/EVENTS.md` is its schema.
package enum EventLog {
    /// The version that is written, and the newest that is read.
    package static let version = 1

    /// What a file of events held.
    package struct Reading: Sendable, Hashable {
        /// In the order of the file.
        package var events: [Event] = []
        /// Lines of kinds that this version does not know.
        package var ignored = 0
        /// The last line is not whole: whoever wrote the file was cut off.
        package var truncated = false
    }

    /// One line with its line feed, printable as it is: no control or bidi character stands in it unescaped.
    ///
    /// - Throws: `.internalFault` when the event cannot be written as JSON.
    package static func encode(_ event: Event) throws(BottleError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return escaped([UInt8](try encoder.encode(EventRecord(event)))) + [UInt8(ascii: "\n")]
        } catch {
            throw BottleError(.internalFault, "An event could not be written as JSON.", cause: error)
        }
    }

    /// The events of a file, as far as it goes.
    ///
    /// - Throws: `.input` naming the line that is no event, or the version that is too new.
    package static func decode(_ bytes: [UInt8]) throws(BottleError) -> Reading {
        var reading = Reading()
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let isLast = index == lines.count - 1
            do {
                if let event = try decodeLine(Data(line), number: index + 1) {
                    reading.events.append(event)
                } else {
                    reading.ignored += 1
                }
            } catch {
                // Whole lines end with a line feed; without one the writer was cut off in the middle.
                guard isLast, error.code == .input else { throw error }
                reading.truncated = true
            }
        }
        return reading
    }

    private static func decodeLine(_ line: Data, number: Int) throws(BottleError) -> Event? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            let head = try decoder.decode(EventRecord.Head.self, from: line)
            guard head.v <= version else {
                throw BottleError(
                    .unsupported,
                    "Line \(number) of the events file has version \(head.v), this tool reads up to \(version): "
                        + "use a newer bottle-conformance.")
            }
            guard EventRecord.Kind(rawValue: head.kind) != nil else { return nil }
            return try decoder.decode(EventRecord.self, from: line).event
        } catch let error as BottleError {
            throw error
        } catch {
            throw BottleError(
                .input, "Line \(number) of the events file is no event of version \(version): check what wrote it.",
                cause: error)
        }
    }

    /// Replaces what JSON allows raw but a terminal obeys by `\u` escapes: outside of strings there is only ASCII.
    private static func escaped(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x7F }) else { return json }
        var output: [UInt8] = []
        output.reserveCapacity(json.count)
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            if Sanitizer.isSafe(scalar) {
                output += UTF8.encode(scalar).map { [UInt8]($0) } ?? []
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    output += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
                }
            }
        }
        return output
    }
}
