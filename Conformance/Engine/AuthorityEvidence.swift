// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A certificate authority of a bottle, as its two files on the host show it; nothing of its key is kept.
public struct AuthorityEvidence: Sendable, Hashable, Codable {
    /// PEM, as it is in the file.
    public var certificate: String
    /// The SHA-256 of the certificate as 64 lower-case hex digits: its fingerprint.
    public var digest: String
    /// The permission bits of both files; nil for a file that is not there.
    public var certificateMode: UInt32?
    public var keyMode: UInt32?
    /// What of the key can be told apart without giving it away: the SHA-256 of its file.
    public var keyDigest: String?

    public init(
        certificate: String, digest: String, certificateMode: UInt32? = nil, keyMode: UInt32? = nil,
        keyDigest: String? = nil
    ) {
        self.certificate = certificate
        self.digest = digest
        self.certificateMode = certificateMode
        self.keyMode = keyMode
        self.keyDigest = keyDigest
    }

    /// Nil without one certificate in PEM.
    init?(certificate: (bytes: [UInt8], mode: UInt32)?, key: (bytes: [UInt8], mode: UInt32)?) {
        guard let certificate, let digest = Self.digest(ofPEM: certificate.bytes) else { return nil }
        self.init(
            certificate: String(decoding: certificate.bytes, as: UTF8.self), digest: digest,
            certificateMode: certificate.mode, keyMode: key?.mode, keyDigest: key.map { SHA256.hex($0.bytes) })
    }

    /// The digest of the first certificate in a text.
    static func digest(ofPEM text: [UInt8]) -> String? {
        PEM.first("CERTIFICATE", in: text).map { SHA256.hex($0) }
    }
}
