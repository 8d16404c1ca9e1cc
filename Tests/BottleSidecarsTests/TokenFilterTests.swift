// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import NIOCore
import Testing

@testable import BottleSidecars

struct TokenFilterTests {
    private static let token = "sk-Real+Token/0123456789?~"
    private static let filter = TokenFilter(Redacted(token))

    /// Everything that a piece and the pieces behind it come out as.
    private static func stream(_ pieces: [[UInt8]]) -> [UInt8] {
        var filter: TokenFilter? = filter
        var out: [UInt8] = []
        for piece in pieces { out += filter.pass(ByteBuffer(bytes: piece)).map { Array($0.readableBytesView) } ?? [] }
        return out + (filter.finish().map { Array($0.readableBytesView) } ?? [])
    }

    private static let forms: [String] = {
        let bytes = Array(token.utf8)
        let hex = bytes.map { String(format: "%02x", $0) }.joined()
        return [
            token, hex, hex.uppercased(), "sk-Real%2BToken%2F0123456789%3F~", "sk-Real%2bToken%2f0123456789%3f~",
        ]
    }()

    @Test(arguments: forms) func everyFormIsCoveredAndTheRestIsAsItWas(form: String) {
        let text = Array("before \(form) after, and \(form)".utf8)
        let cover = String(repeating: "*", count: form.utf8.count)
        #expect(Self.filter.clean(text) == Array("before \(cover) after, and \(cover)".utf8))
    }

    /// However it is cut: the beginning of a token that is none stays, and so does the length.
    @Test(arguments: forms) func noCutLetsItThrough(form: String) {
        let text = Array("x\(form.prefix(5))\(form)\(form.prefix(form.count - 1))".utf8)
        let whole = Self.stream([text])
        #expect(whole.count == text.count && whole.filter { $0 == UInt8(ascii: "*") }.count == form.utf8.count)
        for first in 0...text.count {
            #expect(Self.stream([Array(text[..<first]), Array(text[first...])]) == whole)
        }
        #expect(Self.stream(text.map { [$0] }) == whole)
    }

    /// In base64 nothing of it can be read but for the bytes that share a digit with their neighbours.
    @Test(arguments: 0..<6, [false, true]) func noneOfItsBase64IsLeft(lead: Int, isForURLs: Bool) throws {
        let text = String(repeating: "a", count: lead) + Self.token + "bc"
        var encoded = Data(text.utf8).base64EncodedString()
        if isForURLs {
            encoded = encoded.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        }
        let clean = String(decoding: Self.filter.clean(Array(encoded.utf8)), as: UTF8.self)
        #expect(clean.count == encoded.count)
        let covered = clean.filter { $0 == "*" }.count
        // Six bits a digit, and at most one digit at each end that is shared.
        #expect(covered >= Self.token.utf8.count * 8 / 6 - 1)
    }

    /// What is no beginning of a token goes on at once: an answer may be one that never ends.
    @Test func nothingElseIsHeldBack() {
        var filter: TokenFilter? = Self.filter
        func pass(_ piece: String) -> String? { filter.pass(ByteBuffer(string: piece)).map { String(buffer: $0) } }
        for piece in ["data: hello\n\n", "data: s\n\n", "q"] { #expect(pass(piece) == piece) }
        #expect(pass("end sk-Re") == "end ")
        #expect(pass("al") == nil)
        #expect(pass("ity") == "sk-Reality")
        let rest = filter.finish()
        #expect(rest == nil)
    }

    /// What may be the beginning of one form must not hide another that stands in it, at the end of a text.
    @Test func aBeginningHidesNothing() {
        // In hex it is sixteen of the same digits, of which its own eight may be the beginning.
        let filter = TokenFilter(Redacted("33333333"))
        for count in [8, 9, 15, 16, 17, 24] {
            let text = [UInt8](repeating: 0x33, count: count)
            var stream: TokenFilter? = filter
            let streamed =
                [text[..<5], text[5...]].compactMap { stream.pass(ByteBuffer(bytes: $0)) } + [stream.finish()]
            let whole = [UInt8](streamed.compactMap(\.self).flatMap(\.readableBytesView))
            for clean in [filter.clean(text), whole] {
                #expect(clean.count == count && clean.filter { $0 == 0x33 }.count < 8, "\(count)")
            }
        }
    }

    @Test(arguments: ["", "short"]) func aTokenThatAnyTextMayHoldIsLetBe(token: String) {
        let text = Array("a short text".utf8)
        #expect(TokenFilter(Redacted(token)).clean(text) == text)
    }

    /// Against a search by the book, over texts made of pieces of the token.
    @Test func anyTextInAnyPieces() {
        var generator = SystemRandomNumberGenerator()
        let parts = Self.forms + Self.forms.map { String($0.prefix(7)) } + ["a", "-", "73", "0123"]
        for _ in 0..<2000 {
            let text = (0..<8).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            var rest = Array(text.utf8)[...]
            var pieces: [[UInt8]] = []
            while !rest.isEmpty {
                let count = Int.random(in: 1...12, using: &generator)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let clean = Self.stream(pieces)
            #expect(clean.count == text.utf8.count)
            for form in Self.forms { #expect(clean.firstRange(of: Array(form.utf8)) == nil, "\(text)") }
        }
    }
}
