// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ConformanceEngine

@Suite struct NeedlesTests {
    private let secret = "gqhzixjykwlvmunotpsrkkgghhzzxxyywwvvuutt"

    @Test func everyFormIsFoundInAnyText() {
        let needles = Needles(secret)
        let plain = Data(secret.utf8)
        for lead in ["", "a", "ab", "abc", "Bearer "] {
            let encoded = (Data(lead.utf8) + plain + Data(" and more".utf8)).base64EncodedString()
            #expect(needles.encoding(in: encoded.utf8) == "base64", "\(lead)")
        }
        let hex = plain.map { String(format: "%02x", $0) }.joined()
        #expect(needles.encoding(in: "x\(hex)y".utf8) == "hex")
        #expect(needles.encoding(in: "x\(hex.uppercased())y".utf8) == "hex")
        #expect(needles.encoding(in: "x\(secret)y".utf8) == "plain")
        #expect(needles.encoding(in: "x\(String(secret.reversed()))y".utf8) == "reversed")
        #expect(needles.encoding(in: "x\(secret.prefix(20))y".utf8) == "first half")
        #expect(
            needles.encoding(in: "x\(secret.suffix(20))y".utf8) == "first half"
                || secret.prefix(20) != secret.suffix(20))
    }

    /// A scan looks for unbroken runs of these, and knows of one alphabet of base64.
    @Test func everyFormIsOfLettersAndDigits() {
        for _ in 0..<200 {
            for sample in Needles(Scan.secret()).samples {
                #expect(sample.bytes.count >= 48)
                #expect(
                    sample.bytes.allSatisfy { byte in
                        let letter = UnicodeScalar(byte)
                        return letter.isASCII && Character(letter).isLetter || Character(letter).isNumber
                    })
            }
        }
    }

    @Test func whatIsSomethingElseIsNotFound() {
        let needles = Needles(secret)
        for text in ["", "g", String(secret.prefix(19)), "BOTTLE_TRIAL_TOKEN", String(repeating: "z", count: 100)] {
            #expect(needles.encoding(in: text.utf8) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("", 1, []), ("abc", 3, [0..<3]), ("ab", 3, []), ("ab-cd", 3, []), ("--abc", 3, [2..<5]), ("abc--", 3, [0..<3]),
        ("a-bcd-efgh", 3, [2..<5, 6..<10]), ("abcdef ghi", 2, [0..<6, 7..<10]), ("ab\u{e9}cde", 3, [4..<7]),
        ("aZ09z", 5, [0..<5]), ("a@Z[`{/:", 2, []), ("abc", .max, []),
    ])
    func aRunIsFoundWhereverItStands(text: String, length: Int, wanted: [Range<Int>]) {
        let found = Array(text.utf8).withUnsafeBufferPointer { Needles.runs(of: length, in: $0) }
        #expect(found == wanted)
    }

    @Test func aWholeFormCountsBeforeAHalfThatStandsEarlier() {
        let needles = Needles(secret)
        let hex = secret.utf8.map { String(format: "%02x", $0) }.joined()
        #expect(needles.encoding(in: "\(secret.prefix(20)) and \(hex)".utf8) == "hex")
    }
}
