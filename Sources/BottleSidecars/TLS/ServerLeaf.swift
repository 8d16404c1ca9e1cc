// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import Crypto
    import NIOCore
    import NIOSSL
    import SwiftASN1
    import X509

    /// Servers' ends of TLS: what all of them have, whoever signed their leaf.
    enum ServerLeaf {
        /// Whoever closes here has said so, and waits for no word about it: nothing is read from then on.
        static let shutdownTimeout = TimeAmount.zero

        /// HTTP/1.1 over TLS 1.2 at least, with one leaf and its key.
        ///
        /// - Throws: What the cryptography throws.
        static func configuration(_ leaf: Certificate, _ key: P256.Signing.PrivateKey) throws -> TLSConfiguration {
            var serializer = DER.Serializer()
            try serializer.serialize(leaf)
            let certificate = try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
            let privateKey = try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: [.certificate(certificate)], privateKey: .privateKey(privateKey))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            configuration.shutdownTimeout = shutdownTimeout
            return configuration
        }
    }
#endif
