// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ConformanceEngine

/// In which forms a private key is looked for.
@Suite struct PrivateKeyFormsTests {
    private static let number = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }

    private static func pem(_ der: [UInt8], _ label: String = "EC PRIVATE KEY", line: Int = 64) -> [UInt8] {
        let body = Data(der).base64EncodedString()
        let lines = stride(from: 0, to: body.count, by: line).map { String(body.dropFirst($0).prefix(line)) }
        let text = (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
        return Array(text.utf8)
    }

    private static let sec1: [UInt8] = [0x30, 0x77, 2, 1, 1, 4, 32] + number + [UInt8](repeating: 0xa5, count: 82)
    private static let pkcs8: [UInt8] = [UInt8](repeating: 0x31, count: 29) + sec1

    private func isFound(in text: String, _ forms: PrivateKeyForms) -> Bool {
        forms.samples.contains { Array(text.utf8).firstRange(of: $0.bytes) != nil }
    }

    @Test(arguments: [(sec1, "EC PRIVATE KEY"), (pkcs8, "PRIVATE KEY")])
    func aKeyIsFoundInItsOwnPEMAndInEveryOther(der: [UInt8], label: String) throws {
        let forms = try #require(PrivateKeyForms(pem: Self.pem(der, label)))
        let number = Data(Self.number)
        let hex = number.map { String(format: "%02x", $0) }.joined()
        for text in [
            String(decoding: Self.pem(der, label), as: UTF8.self), "x\(hex)y", hex.uppercased(),
            // One line, and what a JWK has: the number alone, or with others before it.
            Data(der).base64EncodedString(), number.base64EncodedString(), (Data([1]) + number).base64EncodedString(),
            (Data([1, 2]) + number + Data([3])).base64EncodedString(),
        ] { #expect(isFound(in: text, forms), "\(text)") }
        let other = try #require(PrivateKeyForms(pem: PrivateKeyForms.decoy()))
        #expect(!isFound(in: String(decoding: Self.pem(der, label), as: UTF8.self), other))
    }

    @Test func aKeyWhoseNumberIsNotKnownIsFoundByItsLines() throws {
        let der = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 91) }
        let forms = try #require(PrivateKeyForms(pem: Self.pem(der, "RSA PRIVATE KEY")))
        #expect(forms.samples.map(\.encoding) == ["pem", "pem"])
        #expect(isFound(in: String(decoding: Self.pem(der, "X PRIVATE KEY"), as: UTF8.self), forms))
    }

    @Test func theFormsAreRunsThatAScanLooksFor() throws {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for _ in 0..<100 {
            let forms = try #require(PrivateKeyForms(pem: PrivateKeyForms.decoy()))
            #expect(forms.samples.count == 7)
            #expect(forms.samples.allSatisfy { $0.bytes.count >= 16 && $0.bytes.allSatisfy(alphabet.contains) })
        }
    }

    @Test(arguments: [
        "", "no key", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nA!AA\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n",
    ])
    func whatIsNoKeyHasNoForms(text: String) { #expect(PrivateKeyForms(pem: Array(text.utf8)) == nil) }

    /// Sixteen bits of a hash for each form, of 256 that the number has.
    @Test func marksGiveLessAwayThanHalfOfAKeyHas() {
        let scan = Scan(token: Scan.secret(), since: 0, made: 0)
        let more = scan.adding(key: PrivateKeyForms.decoy(), of: Scan.key(of: "egress"))
        let marks = more.marks.filter { $0.label.hasPrefix("key-egress.") }
        #expect(marks.count == 7 && Set(marks.map(\.label)).count == 7)
        #expect(marks.count * UInt16.bitWidth < 128)
        #expect(scan.adding(key: [], of: "x").marks == scan.marks)
    }
}
