// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// SHA-256 (FIPS 180-4) of a few bytes, so that verdicts need no library.
public enum SHA256 {
    /// The digest as 64 lower-case hex digits.
    public static func hex(_ bytes: some Collection<UInt8>) -> String {
        var (state, result) = (sha256(), [UInt8](repeating: 0, count: 32))
        sha256_begin(&state)
        Array(bytes).withUnsafeBufferPointer { sha256_add(&state, $0.baseAddress, $0.count) }
        sha256_end(&state, &result)
        return Hex.encode(result)
    }
}
