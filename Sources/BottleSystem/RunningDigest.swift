// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import CBottleShims

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The SHA-256 of data that comes in pieces, however much of it.
package struct RunningDigest: Sendable {
    private var state = sha256()

    package init() { sha256_begin(&state) }

    /// Takes more of the data.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        sha256_add(&state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// Of everything so far, as 64 lower-case hex digits; more may be added.
    package var hex: String {
        var (last, result) = (state, [UInt8](repeating: 0, count: 32))
        sha256_end(&last, &result)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: result.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Of a few bytes.
    package static func hex(_ bytes: [UInt8]) -> String {
        var digest = RunningDigest()
        bytes.withUnsafeBytes { digest.add($0) }
        return digest.hex
    }

    /// Of everything that is left to read from an open file.
    ///
    /// - Throws: `.io`.
    package static func hex(reading descriptor: Int32) throws(BottleError) -> String {
        var digest = RunningDigest()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .io("read a file", errno) }
            guard count > 0 else { return digest.hex }
            buffer.withUnsafeBytes { digest.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }
}
