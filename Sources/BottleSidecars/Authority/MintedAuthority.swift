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

    /// A new certificate authority of one bottle, in the form of the two files that pipelock reads.
    package struct MintedAuthority: Sendable {
        /// One PEM block `CERTIFICATE`.
        package let certificate: String
        /// One PEM block `EC PRIVATE KEY` (SEC1): the real pipelock takes no other.
        package let key: Redacted<String>

        /// How far a guest's clock may be behind.
        static let skew = 3600.0
        /// Longer than any bottle runs; its key is gone with the bottle.
        private static let lifetime = 365.0 * 86400

        /// Makes an authority with a key of its own (P-256) that may sign leaves and nothing else.
        ///
        /// - Parameters:
        ///   - name: The common name.
        ///   - now: From an hour before until a year after it is valid.
        /// - Throws: `.input` for a name that a certificate cannot have.
        package static func mint(name: String, now: Date = Date()) throws(BottleError) -> MintedAuthority {
            guard (1...64).contains(name.utf8.count) else {
                throw BottleError(.input, "The name of a CA has 1 to 64 bytes, not \(name.utf8.count).")
            }
            let key = P256.Signing.PrivateKey()
            do {
                let publicKey = Certificate.PublicKey(key.publicKey)
                let subject = try DistinguishedName {
                    OrganizationName("bottle-conformance")
                    CommonName(name)
                }
                let certificate = try Certificate(
                    version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
                    notValidBefore: now - skew, notValidAfter: now + lifetime, issuer: subject, subject: subject,
                    signatureAlgorithm: .ecdsaWithSHA256,
                    extensions: try Certificate.Extensions {
                        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                        SubjectKeyIdentifier(hash: publicKey)
                    },
                    issuerPrivateKey: Certificate.PrivateKey(key))
                return MintedAuthority(
                    certificate: try certificate.serializeAsPEM().pemString + "\n", key: Redacted(SEC1.pem(key)))
            } catch {
                throw BottleError(.input, "A CA named \(Quoted(name)) cannot be made.", cause: error)
            }
        }
    }
#endif
