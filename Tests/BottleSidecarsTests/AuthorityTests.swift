// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import BottleSidecars

/// CAs that are minted, and those that are refused before anything listens.
struct AuthorityTests {
    /// A directory with a pair that is good, and its end.
    private func withPair(_ body: (CertificateFiles) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try BundleCommand.mint(in: directory.path, name: "Bottle CA")
        try body(CertificateFiles(directory: directory.path))
    }

    private func replace(_ path: String, _ text: String, mode: Int = 0o600) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    /// The sentence with which a pair is refused; nil where it is accepted.
    private func refusal(_ files: CertificateFiles, now: Date = Date()) -> String? {
        do throws(BottleError) {
            _ = try Authority(files: files, now: now)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func aMintedPairIsPrivateAndItsOwn() throws {
        try withPair { files in
            for path in [files.certificate, files.key] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(path)")
            }
            #expect(refusal(files) == nil)
            let key = try String(contentsOfFile: files.key, encoding: .utf8)
            #expect(
                key.hasPrefix("-----BEGIN EC PRIVATE KEY-----\n") && key.hasSuffix("-----END EC PRIVATE KEY-----\n"))
            // What is there is not replaced, neither half of it.
            #expect(throws: BottleError.self) {
                try BundleCommand.mint(in: (files.key as NSString).deletingLastPathComponent, name: "Again")
            }
            #expect(try String(contentsOfFile: files.key, encoding: .utf8) == key)
            try withPair { other in
                let second = try String(contentsOfFile: other.key, encoding: .utf8)
                #expect(second != key)
            }
        }
    }

    @Test func aPairThatCannotBeUsedIsRefusedInOneSentence() throws {
        try withPair { files in
            let (certificate, key) = (
                try String(contentsOfFile: files.certificate, encoding: .utf8),
                try String(contentsOfFile: files.key, encoding: .utf8)
            )
            func refused(_ words: String, _ line: Int = #line) throws {
                let sentence = refusal(files)
                #expect(sentence?.contains(words) == true, "line \(line): \(sentence ?? "accepted")")
                // It never repeats a key.
                let secret = try String(contentsOfFile: files.key, encoding: .utf8).split(separator: "\n").dropFirst()
                    .first
                #expect(secret.map { sentence?.contains($0) == true } != true)
                try replace(files.certificate, certificate)
                try replace(files.key, key)
            }
            try replace(files.key, key, mode: 0o644)
            try refused("too permissive (mode 0644)")
            try replace(files.key, P256.Signing.PrivateKey().pemRepresentation)
            try refused("it has to be EC PRIVATE KEY")
            try replace(files.key, "nothing")
            try refused("is not a PEM file")
            try replace(files.key, SEC1.pem(P256.Signing.PrivateKey()))
            try refused("are not a pair")
            try replace(files.key, "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n")
            try refused("is not a P-256 key in SEC1 form")
            try replace(files.certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            try refused("is not one PEM certificate")
            try replace(files.certificate, certificate + certificate)
            try refused("is not one PEM certificate")
            // Its own leaf is no authority.
            let authority = try Authority(files: files)
            let own = try P256.Signing.PrivateKey(pemRepresentation: key)
            let leaf = try authority.leaf(for: "a.test", publicKey: own.publicKey, lifetime: 60)
            try replace(files.certificate, try leaf.serializeAsPEM().pemString)
            try refused("is none of a CA")
            #expect(refusal(files, now: Date() + 366 * 86400)?.contains("has expired") == true)
            #expect(refusal(files, now: Date() - 7200)?.contains("is not valid yet") == true)
            try FileManager.default.removeItem(atPath: files.key)
            #expect(refusal(files)?.contains("CA key \(files.key) cannot be read: give both halves") == true)
        }
    }

    @Test func aLeafIsForOneNameAndNotLongerThanItsAuthority() throws {
        try withPair { files in
            let authority = try Authority(files: files)
            let key = P256.Signing.PrivateKey()
            let name = String(repeating: "a", count: 60) + ".allowed.test"
            let leaf = try authority.leaf(for: name, publicKey: key.publicKey, lifetime: 400 * 86400)
            #expect(leaf.notValidAfter == authority.certificate.notValidAfter)
            #expect(authority.certificate.publicKey.isValidSignature(leaf.signature, for: leaf))
            let names = try #require(try leaf.extensions.subjectAlternativeNames)
            #expect(Array(names) == [.dnsName(name)])
            #expect(try leaf.extensions.extendedKeyUsage == ExtendedKeyUsage([.serverAuth]))
            #expect(leaf.subject.isEmpty)
        }
    }

    @Test func aLeafIsMadeOnceForAName() throws {
        try withPair { files in
            let store = LeafStore(authority: try Authority(files: files))
            let first = try store.context(for: "a.test")
            #expect(try store.context(for: "a.test") === first)
            #expect(try store.context(for: "b.test") !== first)
        }
    }
}
