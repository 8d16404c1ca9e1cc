// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What an origin shows, good or not.
package enum OriginCertificate: String, Sendable, CaseIterable {
    case good, expired
    case otherName = "other-name"
    /// Signed by an authority that nobody knows.
    case otherAuthority = "other-authority"

    /// In an option of the command line.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

#if TLS
    import Crypto
    package import NIOSSL
    import X509

    extension OriginCertificate {
        /// Seconds.
        private static let lifetime = 86400.0

        /// The server's end of TLS for a host.
        ///
        /// - Throws: What the cryptography throws.
        package func context(for host: String, authority: Authority) throws -> NIOSSLContext {
            let key = P256.Signing.PrivateKey()
            var issuer = authority
            if self == .otherAuthority {
                let pair = try MintedAuthority.mint(name: "Somebody else")
                issuer = try Authority(
                    certificate: pair.certificate, key: pair.key.exposed,
                    files: CertificateFiles(certificate: "its certificate", key: "its key"))
            }
            let leaf = try issuer.leaf(
                for: self == .otherName ? "other-name.invalid" : host, publicKey: key.publicKey,
                lifetime: self == .expired ? -60 : Self.lifetime)
            return try NIOSSLContext(configuration: ServerLeaf.configuration(leaf, key))
        }
    }
#endif
