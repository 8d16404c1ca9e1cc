// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// An IPv4 address in its only safe spelling: four decimal numbers without leading zeros.
package struct IPv4: Sendable, Hashable, CustomStringConvertible {
    /// Four numbers, the first one the most significant.
    package let octets: [UInt8]

    package var description: String { octets.map(String.init).joined(separator: ".") }

    /// Reads an address.
    ///
    /// - Parameter what: What the address is, for the message.
    /// - Throws: `.input` for anything else than dotted decimal: "127.1" and "010.0.0.1" mean different things to
    ///   different readers.
    package init(_ text: String, _ what: String) throws(BottleError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil } }
        guard parts.count == 4, octets.count == 4 else {
            throw BottleError(
                .input, "The \(what) \(Quoted(text)) is not an IPv4 address: expected one such as \"10.77.3.2\".")
        }
        self.octets = octets
    }

    /// The address in the same /24 with another last number.
    package func neighbour(_ last: UInt8) -> IPv4 { IPv4(octets: [octets[0], octets[1], octets[2], last]) }

    /// The network of 256 addresses around this one, as text.
    package var network24: String { "\(neighbour(0))/24" }

    private init(octets: [UInt8]) { self.octets = octets }

    /// The first address of a private /24.
    ///
    /// - Throws: `.input` when the text is not a /24 or does not start with its first address.
    package static func network24(_ text: String, _ what: String) throws(BottleError) -> IPv4 {
        guard text.hasSuffix("/24") else {
            throw BottleError(
                .input, "The \(what) \(Quoted(text)) is not a /24: expected one such as \"192.168.127.0/24\".")
        }
        let address = try IPv4(String(text.dropLast(3)), what)
        guard address.octets[3] == 0 else {
            throw BottleError(.input, "The \(what) \(Quoted(text)) has host bits: expected \(address.network24).")
        }
        return address
    }
}
