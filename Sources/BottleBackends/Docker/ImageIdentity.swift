// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an engine has under the name of an image.
struct ImageIdentity: Sendable, Hashable {
    /// Asks for it; the image's name follows.
    static let question = ["image", "inspect", "--format", "{{.Id}} {{json .Config.Labels}}"]
    /// The label that says what an image of ours was built from.
    static let contentLabel = "org.bottle-conformance.content"

    /// The image's own identifier, which goes by its content.
    var id: String
    var labels: [String: String]

    /// - Parameter line: The answer, for example `sha256:0a1b {"a":"b"}`; `null` stands for no labels.
    init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2, !words[0].isEmpty, line.first != " " else { return nil }
        id = String(words[0])
        guard words[1] != "null" else {
            labels = [:]
            return
        }
        guard let labels = try? JSONDecoder().decode([String: String].self, from: Data(words[1].utf8)) else {
            return nil
        }
        self.labels = labels
    }
}

extension ImageIdentity {
    /// Reads the answer of an engine that has the image.
    ///
    /// - Throws: `.transport` when it is none.
    init(_ output: EngineClient.Output, of engine: EngineClient) throws(BottleError) {
        guard let identity = ImageIdentity(output.word) else {
            throw BottleError(.transport, "\(engine.name) said \(Quoted(output.word, limit: 200)) of an image.")
        }
        self = identity
    }
}
