// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import NIOCore

/// Takes a token out of what comes back, as it is and percent-encoded, as base64 and hex, byte by byte: every length stays as
/// it was.
///
/// Only what may be the beginning of the token is held back of a stream, so that an answer which arrives in pieces is
/// passed on in pieces.
package struct TokenFilter: Sendable {
    /// What stands in the place of every byte of a token.
    private static let cover = UInt8(ascii: "*")
    /// Fewer bytes occur in other texts as well: a token that is shorter is let be.
    private static let shortest = 8

    private let forms: [[UInt8]]
    /// By a byte, whether a form begins with it.
    private let starts: [Bool]
    private var held: [UInt8] = []

    package init(_ token: Redacted<String>) {
        let plain = Array(token.exposed.utf8)
        var forms: [[UInt8]] = []
        if plain.count >= Self.shortest {
            forms = [plain]
            for isUpper in [false, true] {
                forms.append(Self.hex(plain, upperCase: isUpper))
                let form = Self.percentEncoded(plain, upperCase: isUpper)
                // Of most tokens nothing has to be encoded.
                if !forms.contains(form) { forms.append(form) }
            }
            for lead in 0..<3 {
                for isForURLs in [false, true] {
                    let form = Self.base64(plain, behind: lead, isForURLs: isForURLs)
                    if !forms.contains(form) { forms.append(form) }
                }
            }
        }
        self.forms = forms
        var starts = [Bool](repeating: false, count: 256)
        for form in forms { starts[Int(form[0])] = true }
        self.starts = starts
    }

    /// As much of a stream as is known by now; nil when all of it is held back.
    mutating func pass(_ piece: ByteBuffer) -> ByteBuffer? {
        var bytes = held + piece.readableBytesView
        let known = cover(&bytes, isWhole: false)
        held = Array(bytes[known...])
        return known == 0 ? nil : ByteBuffer(bytes: bytes[..<known])
    }

    /// The rest, at the end of the stream; nil when there is none.
    mutating func finish() -> ByteBuffer? {
        guard !held.isEmpty else { return nil }
        defer { held = [] }
        return ByteBuffer(bytes: clean(held))
    }

    /// A text that is whole.
    package func clean(_ text: [UInt8]) -> [UInt8] {
        var bytes = text
        _ = cover(&bytes, isWhole: true)
        return bytes
    }

    /// Covers every form, and returns where one may begin that goes on in what follows; nothing follows a whole text.
    private func cover(_ bytes: inout [UInt8], isWhole: Bool) -> Int {
        bytes.withUnsafeMutableBufferPointer { bytes in
            starts.withUnsafeBufferPointer { starts in
                var index = 0
                while index < bytes.count {
                    guard starts[Int(bytes[index])] else {
                        index += 1
                        continue
                    }
                    if let found = forms.first(where: { Self.stands($0, in: bytes, at: index) }) {
                        for covered in index..<(index + found.count) { bytes[covered] = Self.cover }
                        index += found.count
                    } else if !isWhole, forms.contains(where: { Self.begins($0, in: bytes, at: index) }) {
                        return index
                    } else {
                        index += 1
                    }
                }
                return bytes.count
            }
        }
    }

    private static func stands(_ form: [UInt8], in bytes: UnsafeMutableBufferPointer<UInt8>, at index: Int) -> Bool {
        bytes.count - index >= form.count && begins(form, in: bytes, at: index)
    }

    /// Whether a form stands there, or as much of it as there are bytes.
    private static func begins(_ form: [UInt8], in bytes: UnsafeMutableBufferPointer<UInt8>, at index: Int) -> Bool {
        let count = min(form.count, bytes.count - index)
        for offset in 0..<count where form[offset] != bytes[index + offset] { return false }
        return true
    }

    private static func hex(_ bytes: [UInt8], upperCase: Bool) -> [UInt8] {
        let digits = Array((upperCase ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// As RFC 3986 has it: of a byte that is not unreserved its two digits.
    private static func percentEncoded(_ bytes: [UInt8], upperCase: Bool) -> [UInt8] {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return bytes.flatMap { unreserved.contains($0) ? [$0] : [UInt8(ascii: "%")] + hex([$0], upperCase: upperCase) }
    }

    /// What all texts have in common in which so many bytes, modulo three, stand before these.
    private static func base64(_ bytes: [UInt8], behind lead: Int, isForURLs: Bool) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let signs = Array((isForURLs ? "-_" : "+/").utf8)
        let digits = alphabet + signs
        let padded = [UInt8](repeating: 0, count: lead) + bytes
        var result: [UInt8] = []
        var (value, bits) = (UInt32(0), 0)
        for byte in padded {
            value = value << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                result.append(digits[Int(value >> UInt32(bits) & 63)])
            }
            value &= (1 << UInt32(bits)) - 1
        }
        // Digits in which the bytes before have a part are nobody's alone; nor is the last one, which is not among these.
        return Array(result.dropFirst(lead == 0 ? 0 : lead + 1))
    }
}

/// An answer that nobody looks through goes on as it comes.
extension TokenFilter? {
    mutating func pass(_ piece: ByteBuffer) -> ByteBuffer? { self == nil ? piece : self?.pass(piece) }

    mutating func finish() -> ByteBuffer? { self?.finish() }

    /// The fields of an answer, and what it says beside its status.
    func clean(_ head: ResponseHead) -> ResponseHead {
        guard let self else { return head }
        return ResponseHead(head, reason: self.clean(head.reason), fields: head.fields.mapped(self.clean))
    }

    /// - Throws: 502 for an answer that nobody can look through.
    func screen(_ head: ResponseHead, _ framing: BodyFraming) throws(HTTPFailure) {
        guard self != nil, framing != .none else { return }
        guard head.fields.values("content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            throw HTTPFailure(502, "it is encoded, though no coding was asked for, and cannot be looked through")
        }
    }
}
