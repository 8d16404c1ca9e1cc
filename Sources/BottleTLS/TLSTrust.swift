// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import NIOCore
    package import NIOSSL

    /// Whom a client believes.
    package enum TLSTrust: Sendable, Hashable {
        /// Everybody, for whom the certificate is what is asked for, or no matter.
        case anybody
        /// The authorities in PEM, and nobody else: a name must be theirs to give.
        case authorities([UInt8])
    }

    extension TLSTrust {
        /// A client's settings: TLS 1.2 at least.
        ///
        /// - Parameter protocols: What ALPN offers; none leaves it out.
        /// - Throws: What the cryptography throws, for text without a certificate as well.
        package func context(protocols: [String] = ["http/1.1"]) throws -> NIOSSLContext {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = protocols
            configuration.shutdownTimeout = .zero
            switch self {
            case .anybody:
                configuration.certificateVerification = .none
                configuration.trustRoots = .certificates([])
            case .authorities(let text):
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(text))
            }
            return try NIOSSLContext(configuration: configuration)
        }
    }
#endif
