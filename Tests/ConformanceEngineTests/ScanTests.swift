// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import Testing

@testable import ConformanceEngine

struct ScanTests {
    @Test func marksTellWhoseAndWhichFormAndNothingElse() throws {
        let (token, decoy) = (Scan.secret(), Scan.secret())
        let scan = Scan(token: token, since: 1, made: 2).adding(decoy: decoy)
        #expect(Set(scan.marks.map(\.label)).count == scan.marks.count)
        for (owner, secret) in [("token", token), ("decoy", decoy)] {
            let marks = scan.marks.filter { $0.label.hasPrefix("\(owner).") }
            let samples = Needles(secret).samples
            #expect(marks.count == samples.count)
            for (mark, sample) in zip(marks, samples) {
                #expect(mark.length == sample.bytes.count)
                #expect(mark.digest == SHA256.hex(scan.salt + sample.bytes))
                #expect(mark.digest != SHA256.hex(sample.bytes))
            }
        }
        let step = ProbeStep(key: "s", nonce: .fresh(), target: .guest, canary: nil, action: .scan(scan))
        let input = ProbeBatch([step]).input
        #expect(input.split(separator: 0x0a).count == 2)
        #expect(Needles(token).encoding(in: input) == nil)
    }

    /// What all marks of a token tell has to be far less than there is to know about either half of it.
    @Test func marksGiveLessAwayThanHalfOfASecretHas() {
        let scan = Scan(token: Scan.secret(), since: 0, made: 0)
        // Twenty letters are more than four bits.
        let half = Scan.secret().utf8.count / 2 * 4
        #expect(scan.marks.count * UInt16.bitWidth < half)
    }

    @Test func everyScanHasNumbersOfItsOwn() {
        let secret = Scan.secret()
        let (first, second) = (Scan(token: secret, since: 0, made: 0), Scan(token: secret, since: 0, made: 0))
        #expect(first.base % 2 == 1 && first.base != second.base && first.salt != second.salt)
        #expect(Set(first.marks.map(\.digest)).isDisjoint(with: second.marks.map(\.digest)))
    }

    @Test func theHashIsThePolynomial() {
        #expect(Scan.tag(of: [1], base: 3) == 0)
        #expect(Scan.tag(of: [1, 0], base: 1 << 60) == 0x1000)
        #expect(Scan.tag(of: [1, 0, 0], base: 1 << 31) == 0x4000)
    }
}
