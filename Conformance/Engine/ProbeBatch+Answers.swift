// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension ProbeBatch {
    /// More than any honest batch prints; what follows is not looked at.
    private static let outputLimit = 32 << 20
    private static let lineLimit = 8 << 20

    /// What the probe reported, by index of the step; nil where no whole, unambiguous line arrived.
    public func observations(in stdout: [UInt8]) -> [Observation?] {
        var found = [Observation?](repeating: nil, count: steps.count)
        var answers = [Int](repeating: 0, count: steps.count)
        let output = stdout.prefix(Self.outputLimit)
        var start = output.startIndex
        // Only what ends in a line feed is a line: a cut answer is no answer.
        while let end = output[start...].firstIndex(of: 0x0a) {
            defer { start = end + 1 }
            var line = output[start..<end]
            if line.last == 0x0d { line = line.dropLast() }
            guard line.count <= Self.lineLimit, line.first == UInt8(ascii: "{"),
                let (index, observation) = answer(in: line)
            else { continue }
            answers[index] += 1
            found[index] = observation
        }
        // Two answers with the right nonce mean that one of them is forged, and nobody can tell which.
        for index in found.indices where answers[index] != 1 { found[index] = nil }
        return found
    }

    private func answer(in line: ArraySlice<UInt8>) -> (Int, Observation)? {
        guard let value = try? JSONValue.parse(line), let index = value["id"]?.string.flatMap(index(of:)) else {
            return nil
        }
        let nonce = steps[index].nonce.text
        guard value["begin"]?.string == nonce, value["end"]?.string == nonce,
            let observation = Observation(probeAnswer: value)
        else { return nil }
        return (index, observation)
    }
}

extension Observation {
    /// Reads one answer of the probe; nil when a field is missing or not what the format says.
    fileprivate init?(probeAnswer value: JSONValue) {
        guard let stage = value["stage"]?.string.flatMap(Stage.init(rawValue:)),
            case .number(let milliseconds)? = value["ms"], milliseconds >= 0,
            case .bool(let killed)? = value["killed"],
            case .object(let rawFacts)? = value["facts"],
            let rawTurns = value["received"]?.array
        else { return nil }
        var errno: String?
        switch value["errno"] {
        case .null?: errno = nil
        case .string(let name)? where Self.isErrno(name): errno = name
        default: return nil
        }
        var received: [[UInt8]] = []
        for turn in rawTurns {
            guard let bytes = turn.string.flatMap(Hex.decode) else { return nil }
            received.append(bytes)
        }
        var facts: [String: String] = [:]
        for (name, fact) in rawFacts {
            guard let text = Self.factText(fact) else { return nil }
            facts[name] = text
        }
        self.init(
            stage: stage, errno: errno, elapsedMilliseconds: milliseconds, received: received, killed: killed,
            facts: facts)
    }

    private static func isErrno(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }

    /// A fact that is not UTF-8 arrives as hex and stays so, so that it can never equal a text it merely resembles.
    private static func factText(_ fact: JSONValue) -> String? {
        if let text = fact.string { return text }
        guard case .object(let members) = fact, members.count == 1, let hex = members["hex"]?.string,
            Hex.decode(hex) != nil
        else { return nil }
        return "hex:\(hex)"
    }
}
