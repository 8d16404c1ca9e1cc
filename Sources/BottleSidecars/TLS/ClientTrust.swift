// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import BottleCore
    import NIOSSL

    /// Clients' ends of TLS: whose certificates a sidecar accepts.
    enum ClientTrust {
        /// Names and chains are verified; HTTP/1.1 is all that is offered.
        ///
        /// - Parameters:
        ///   - verifies: Only a fault does not.
        ///   - additional: A file of PEM certificates that are trusted besides the system's.
        /// - Throws: `.input` for a file that cannot be used.
        static func context(additional: String?, verifies: Bool = true) throws(BottleError) -> NIOSSLContext {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            configuration.shutdownTimeout = ServerLeaf.shutdownTimeout
            if !verifies { configuration.certificateVerification = .none }
            if let additional {
                configuration.additionalTrustRoots = [.certificates(try certificates(additional))]
            }
            if let context = try? NIOSSLContext(configuration: configuration) { return context }
            // A bundle may have no store of its own: then nobody is trusted but who is named here.
            configuration.trustRoots = .certificates([])
            do {
                return try NIOSSLContext(configuration: configuration)
            } catch {
                throw BottleError(.input, "The trusted certificates cannot be used.", cause: error)
            }
        }

        private static func certificates(_ path: String) throws(BottleError) -> [NIOSSLCertificate] {
            let bytes = try SidecarSystem.readFile(path)
            guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
                throw BottleError(.input, "\(path): holds no PEM certificate to trust.")
            }
            return certificates
        }
    }
#endif
