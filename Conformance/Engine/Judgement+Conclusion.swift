// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension Judgement {
    /// The verdict that a list of proof legs amounts to: any leak is a violation, any missing leg is inconclusive, and
    /// only legs that all hold make a pass. No legs prove nothing.
    ///
    /// - Parameter pass: the sentence of a pass.
    public static func concluding(_ findings: [Finding], pass: String) -> Judgement {
        func sentence(_ state: Finding.State, _ more: String) -> String? {
            let texts = findings.filter { $0.state == state }.map(\.text)
            // A finding may show a difference below its sentence.
            guard let first = texts.first?.prefix(while: { $0 != "\n" }) else { return nil }
            return texts.count == 1 ? String(first) : "\(first) (and \(texts.count - 1) more \(more))"
        }
        if let leak = sentence(.leak, "of the kind") { return Judgement(.violated, leak, findings: findings) }
        if let gap = sentence(.missing, "proofs missing") { return Judgement(.inconclusive, gap, findings: findings) }
        guard !findings.isEmpty else { return Judgement(.inconclusive, "nothing was tried, so nothing is known") }
        return Judgement(.pass, pass, findings: findings)
    }
}
