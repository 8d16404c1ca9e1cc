// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import ConformanceFormats

/// One rendered file, read by a parser that had no part in rendering it.
struct RenderedFile {
    let artefact: Artefact
    /// What it says; nil for scripts and texts, and where `problem` is not nil.
    let value: JSONValue?
    /// Why it cannot be read, as a sentence.
    let problem: String?

    init(_ artefact: Artefact) {
        self.artefact = artefact
        do throws(BottleError) {
            value =
                switch artefact.format {
                case .json: try StructuredText.json(artefact.text)
                case .yaml: try StructuredText.yaml(artefact.text)
                case .toml: try StructuredText.toml(artefact.text)
                case .shell, .text: nil
                }
            problem = nil
        } catch {
            value = nil
            problem = "\(artefact.kind) cannot be read as \(artefact.format.rawValue): \(error)"
        }
    }
}

extension JSONValue {
    /// The texts of a list; nil when it is none, or holds anything else.
    var texts: [String]? {
        guard let array else { return nil }
        let texts = array.compactMap(\.string)
        return texts.count == array.count ? texts : nil
    }

    /// The members of an object; nil for anything else.
    var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// A value some levels down.
    subscript(path keys: String...) -> JSONValue? {
        keys.reduce(Optional(self)) { $0?[$1] }
    }
}
