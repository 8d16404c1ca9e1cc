// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Variables of this process that no guest must ever have: whoever hands its environment on shows it by these.
enum HostVariables {
    private static let name = "BOTTLE_CONFORMANCE_HOST_CANARY"

    /// By name; the value is made for this process only, and no hex digits, so that nothing takes it for a nonce.
    static let exported: [String: String] = {
        let letters = Array("ghijklmnopqrstuvwxyz".utf8)
        let value = String(decoding: (0..<32).map { _ in letters[Int.random(in: 0..<letters.count)] }, as: UTF8.self)
        return [name: value]
    }()

    /// Puts them into this process's environment; before anything is started, for the environment has no lock.
    static func export() {
        for (name, value) in exported { setenv(name, value, 1) }
    }
}
