// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSidecars

/// The authority of the canaries of one run; nothing else in the world trusts it.
struct CanaryAuthority: Sendable {
    /// PEM: what a bundle has to trust upstream, so that it can verify these canaries.
    let certificate: String
    let key: Redacted<String>

    /// Nil in a build without TLS.
    ///
    /// - Throws: `.input` when the cryptography fails.
    static func mint() throws(BottleError) -> CanaryAuthority? {
        #if TLS
            let pair = try MintedAuthority.mint(name: "bottle-conformance canaries")
            return CanaryAuthority(certificate: pair.certificate, key: pair.key)
        #else
            return nil
        #endif
    }
}

#if TLS
    import BottleTLS
    import NIOSSL

    /// TLS of the canaries: certificates for any name that is asked for, under an authority of this run alone.
    ///
    /// Lives on the serving thread.
    final class SecureOrigin {
        private let issuer: Authority
        private var contexts: [String: NIOSSLContext] = [:]
        /// Names that are kept; a guest may ask for any number.
        private static let limit = 256
        /// For a client that names nobody.
        private static let unnamed = "unnamed.invalid"

        /// - Throws: `.input` for a pair that is none.
        init(_ authority: CanaryAuthority) throws(BottleError) {
            issuer = try Authority(
                certificate: authority.certificate, key: authority.key.exposed,
                files: CertificateFiles(certificate: "the canaries' certificate", key: "the canaries' key"))
        }

        /// The server's end for a client that asks for a name.
        ///
        /// - Parameter name: Its first label decides what is wrong with the certificate, if anything: see `OriginCertificate`.
        /// - Throws: What the cryptography throws.
        func endpoint(for name: String?) throws -> TLSEndpoint {
            let name = name?.lowercased() ?? Self.unnamed
            if let context = contexts[name] { return try TLSEndpoint(asServer: context) }
            let kind = name.split(separator: ".").first.flatMap { OriginCertificate(rawValue: String($0)) } ?? .good
            let context = try kind.context(for: name, authority: issuer)
            if contexts.count >= Self.limit { contexts = [:] }
            contexts[name] = context
            return try TLSEndpoint(asServer: context)
        }
    }
#endif
