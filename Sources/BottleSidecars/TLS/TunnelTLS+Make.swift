// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import NIOSSL

    extension TunnelTLS {
        /// Leaves of an authority towards clients, and verified certificates of upstreams.
        init(leaves: LeafStore, trust: NIOSSLContext) {
            accept = { client, host, last, timeouts throws(HTTPFailure) in
                do {
                    try await client.secure(asServer: leaves.context(for: host), after: last, timeouts: timeouts)
                } catch {
                    throw HTTPFailure(400, "TLS with the client failed: \(Self.reason(error))")
                }
            }
            connect = { upstream, host, timeouts throws(HTTPFailure) in
                do {
                    try await upstream.secure(asClient: trust, of: host, timeouts: timeouts)
                } catch {
                    throw HTTPFailure(502, "TLS with \(host) failed: \(Self.reason(error))")
                }
            }
        }

        /// In a few words; what a peer chose is not repeated.
        static func reason(_ error: any Error) -> String {
            if let mismatch = error as? LeafStore.NameMismatch { return "\(mismatch)" }
            if error is NIOSSLExtraError { return "the certificate is for another name" }
            guard case .handshakeFailed(.sslError(let stack))? = error as? NIOSSLError else {
                return "the handshake broke off"
            }
            let text = stack.map { "\($0)" }.joined(separator: " ")
            if text.contains("CERTIFICATE_VERIFY_FAILED") { return "the certificate is not trusted" }
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return "that is no TLS" }
            return "the handshake failed"
        }
    }
#endif
