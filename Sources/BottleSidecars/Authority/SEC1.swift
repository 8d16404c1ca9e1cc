// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import Crypto
    import SwiftASN1

    #if canImport(FoundationEssentials)
        import FoundationEssentials
    #else
        import Foundation
    #endif

    /// Private keys as RFC 5915 has them: swift-crypto writes PKCS #8 only, which the real pipelock refuses.
    enum SEC1 {
        static let label = "EC PRIVATE KEY"

        /// One PEM block, with its last newline.
        static func pem(_ key: P256.Signing.PrivateKey) -> String {
            PEMDocument(type: label, derBytes: der(key)).pemString + "\n"
        }

        /// ECPrivateKey with the curve's name and the public key: every length is the curve's, so there is one form only.
        private static func der(_ key: P256.Signing.PrivateKey) -> [UInt8] {
            let version: [UInt8] = [0x02, 0x01, 0x01]
            let secret: [UInt8] = [0x04, 0x20] + key.rawRepresentation
            // prime256v1
            let curve: [UInt8] = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]
            let point: [UInt8] = [0xa1, 0x44, 0x03, 0x42, 0x00] + key.publicKey.x963Representation
            let content = version + secret + curve + point
            return [0x30, UInt8(content.count)] + content
        }
    }
#endif
