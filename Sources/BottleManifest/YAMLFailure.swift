// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Yams

/// Puts a parser failure into the form of all other complaints about a manifest.
enum YAMLFailure {
    /// The failure as `file:line:column: what`.
    static func translate(_ error: any Error, file: String) -> BottleError {
        guard let failure = error as? YamlError else {
            return BottleError(.input, "\(file):1:1: the YAML could not be read.", cause: error)
        }
        switch failure {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return BottleError(.input, "\(file):\(mark.line):\(mark.column): found broken YAML: \(problem).")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { Quoted($0).description }.sorted().joined(separator: ", ")
            let mark = context.mark
            return BottleError(
                .input, "\(file):\(mark.line):\(mark.column): found \(names) more than once, expected each key once.")
        case .reader(let problem, let offset, _, let yaml):
            let (line, column) = position(offset ?? 0, in: yaml)
            return BottleError(.input, "\(file):\(line):\(column): found an unreadable character: \(problem).")
        default:
            return BottleError(.input, "\(file):1:1: the YAML could not be read.", cause: error)
        }
    }

    private static func position(_ offset: Int, in yaml: String) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in yaml.utf8.prefix(offset) {
            if byte == UInt8(ascii: "\n") { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return (line, column)
    }
}
