// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Foundation
import Testing

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
}
