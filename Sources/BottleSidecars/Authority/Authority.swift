// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    package import BottleCore
    import Crypto
    import SwiftASN1
    import X509

    #if canImport(FoundationEssentials)
        package import FoundationEssentials
    #else
        package import Foundation
    #endif

    /// The certificate authority with which a sidecar opens TLS: it signs the leaves that clients see.
    package struct Authority: Sendable {
        let certificate: Certificate
        private let key: P256.Signing.PrivateKey

        /// The file modes of a key that nobody but its owner, and at most a group that reads, can get at.
        private static let keyModes: Set<UInt16> = [0o600, 0o640, 0o400, 0o440]

        /// Reads a pair of files, under the rules of the real pipelock.
        ///
        /// - Throws: `.input` with one sentence that names the file: a half that is missing, a key that others can read or
        ///   that is no SEC1 P-256 key, a certificate that is no CA, has expired, or belongs to another key.
        package init(files: CertificateFiles, now: Date = Date()) throws(BottleError) {
            let certificateText = try Self.text(files.certificate, "CA certificate")
            let keyText = try Self.text(files.key, "CA key")
            guard let mode = SidecarSystem.mode(of: files.key), Self.keyModes.contains(mode) else {
                let octal = SidecarSystem.mode(of: files.key).map { "0" + String($0, radix: 8) } ?? "unknown"
                throw BottleError(
                    .input, "CA key \(files.key) is too permissive (mode \(octal)): restrict it to 0600 or 0640.")
            }
            try self.init(certificate: certificateText, key: keyText, files: files, now: now)
        }

        /// Puts a pair together that was read already; the files are for messages.
        package init(
            certificate certificateText: String, key keyText: String, files: CertificateFiles, now: Date = Date()
        ) throws(BottleError) {
            key = try Self.key(keyText, files.key)
            certificate = try Self.certificate(certificateText, files.certificate)
            func refuse(_ reason: String) -> BottleError {
                BottleError(.input, "CA certificate \(files.certificate) \(reason).")
            }
            let isAuthority = (try? certificate.extensions.basicConstraints).flatMap { constraints in
                guard case .isCertificateAuthority = constraints else { return false }
                return true
            }
            guard isAuthority == true else { throw refuse("is none of a CA: it needs CA:TRUE") }
            guard let usage = try? certificate.extensions.keyUsage, usage.keyCertSign else {
                throw refuse("must not sign certificates: its key usage needs certSign")
            }
            guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
                throw refuse("and CA key \(files.key) are not a pair")
            }
            guard certificate.notValidBefore <= now else { throw refuse("is not valid yet: set the clock") }
            guard certificate.notValidAfter > now else { throw refuse("has expired: mint a new pair") }
        }

        private static func text(_ path: String, _ what: String) throws(BottleError) -> String {
            do throws(BottleError) {
                return String(decoding: try SidecarSystem.readFile(path), as: UTF8.self)
            } catch {
                throw BottleError(
                    .input, "\(what) \(path) cannot be read: give both halves of the pair.", cause: error)
            }
        }

        private static func certificate(_ text: String, _ path: String) throws(BottleError) -> Certificate {
            do {
                let document = try PEMDocument(pemString: text)
                guard document.discriminator == Certificate.defaultPEMDiscriminator else {
                    throw BottleError(.input, "the block is a \(document.discriminator)")
                }
                return try Certificate(pemDocument: document)
            } catch {
                throw BottleError(.input, "CA certificate \(path) is not one PEM certificate.", cause: error)
            }
        }

        private static func key(_ text: String, _ path: String) throws(BottleError) -> P256.Signing.PrivateKey {
            // The cause stays out: it could repeat a part of the key.
            guard let document = try? PEMDocument.parseMultiple(pemString: text).first else {
                throw BottleError(.input, "CA key \(path) is not a PEM file.")
            }
            guard document.discriminator == SEC1.label else {
                throw BottleError(
                    .input,
                    "CA key \(path) begins with a block \(Quoted(document.discriminator)): it has to be \(SEC1.label).")
            }
            guard let key = try? P256.Signing.PrivateKey(pemRepresentation: document.pemString) else {
                throw BottleError(.input, "CA key \(path) is not a P-256 key in SEC1 form.")
            }
            return key
        }

        /// A leaf for one host name, for a server with this public key.
        ///
        /// - Parameter lifetime: Seconds, from an hour before now; never beyond the authority's own.
        func leaf(
            for host: String, publicKey: P256.Signing.PublicKey, lifetime: Double, now: Date = Date()
        ) throws -> Certificate {
            let ownKey = Certificate.PublicKey(publicKey)
            // A common name has room for 64 bytes; clients look at the other names only.
            let subject =
                host.utf8.count <= 64 ? try DistinguishedName { CommonName(host) } : DistinguishedName()
            let authorityKey = try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
            return try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: ownKey,
                notValidBefore: max(now - MintedAuthority.skew, certificate.notValidBefore),
                notValidAfter: min(now + lifetime, certificate.notValidAfter), issuer: certificate.subject,
                subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.serverAuth])
                    SubjectAlternativeNames([.dnsName(host)])
                    SubjectKeyIdentifier(hash: ownKey)
                    if let authorityKey { AuthorityKeyIdentifier(keyIdentifier: authorityKey) }
                },
                issuerPrivateKey: Certificate.PrivateKey(key))
        }
    }
#endif
