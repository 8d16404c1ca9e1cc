// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What stands behind the beginning of a secret that is nobody's.
enum FakeSecret {
    /// Random lower-case letters that no hex digit is among, so that nothing takes them for a nonce.
    static func letters(_ count: Int) -> String {
        let letters = Array("ghijklmnopqrstuvwxyz".utf8)
        return String(decoding: (0..<count).map { _ in letters.randomElement() ?? letters[0] }, as: UTF8.self)
    }
}
