// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What the probe looks for in everything that a guest can read, without being told it.
///
/// A secret that travelled into a guest to be looked for there would be found. Each form of it goes as a mark instead: a
/// length, 16 bits of a rolling hash that say where a closer look is worth it, and a salted digest that decides. All marks
/// of a token together give away far fewer bits than the token has, so that nobody can work it out from them.
public struct Scan: Sendable, Hashable, Codable {
    /// One form of a secret.
    public struct Mark: Sendable, Hashable, Codable {
        /// Whose it is and the form: `token.base64-2`; lower-case letters, digits, dots and hyphens.
        public var label: String
        /// Bytes.
        public var length: Int
        /// The highest bits of the rolling hash.
        public var tag: UInt16
        /// SHA-256 of the salt and the form, as 64 lower-case hex digits.
        public var digest: String

        public init(label: String, length: Int, tag: UInt16, digest: String) {
            self.label = label
            self.length = length
            self.tag = tag
            self.digest = digest
        }
    }

    /// Where it begins: an absolute path without links.
    public var root: String
    /// The factor of the rolling hash, odd.
    public var base: UInt64
    /// What every digest begins with, before the form.
    public var salt: [UInt8]
    public var marks: [Mark]
    /// Seconds since 1970, UTC: what a kernel that can be trusted with it says was last changed before is not read.
    /// 0 reads everything.
    public var since: Int64
    /// When the run began in which the token was made, in the same seconds: a guest whose clock shows less at the time of
    /// the scan may be further behind than `since` allows for. 0 asks for nothing.
    public var made: Int64
    /// Whether block devices that no file system here comes from are read too.
    public var readsDevices: Bool
    /// Milliseconds after which it ends, with a word of what it did not get to.
    public var timeout: Int

    public init(
        root: String = "/", base: UInt64, salt: [UInt8], marks: [Mark], since: Int64, made: Int64,
        readsDevices: Bool = false,
        timeout: Int = 30_000
    ) {
        self.root = root
        self.base = base
        self.salt = salt
        self.marks = marks
        self.since = since
        self.made = made
        self.readsDevices = readsDevices
        self.timeout = timeout
    }

    /// Looks for the token of a session, under labels that begin with `token.`.
    package init(token: String, since: Int64, made: Int64) {
        self.init(
            base: UInt64.random(in: .min ... .max) | 1, salt: (0..<16).map { _ in UInt8.random(in: .min ... .max) },
            marks: [], since: since, made: made)
        marks = marks(of: token, as: Self.token)
    }

    /// A random text that no part of which can be guessed: as long as its halves have to be, and longer than what all
    /// marks of it tell; in lower-case letters that no hex digit is among.
    package static func secret() -> String { SuiteBottle.letters(96) }

    /// The owner of the marks of a session's token.
    package static let token = "token"
    /// The owner of the marks of a decoy.
    package static let decoy = "decoy"

    /// The same search, for a decoy as well, under labels that begin with `decoy.`.
    package func adding(decoy secret: String) -> Scan {
        var scan = self
        scan.marks += marks(of: secret, as: Self.decoy)
        return scan
    }

    /// The same search, for a private key as well, under labels that begin with the owner and a dot; a text that is none adds
    /// nothing.
    package func adding(key pem: [UInt8], of owner: String) -> Scan {
        var scan = self
        scan.marks += marks(of: PrivateKeyForms(pem: pem)?.samples ?? [], as: owner)
        return scan
    }

    /// The owner of the marks of a daemon's key.
    package static func key(of daemon: String) -> String { "key-\(daemon)" }
    /// The owner of the marks of a key that is a decoy.
    package static let decoyKey = "decoy-key"

    private func marks(of secret: String, as owner: String) -> [Mark] { marks(of: Needles(secret).samples, as: owner) }

    private func marks(of samples: [(encoding: String, bytes: [UInt8])], as owner: String) -> [Mark] {
        var counts: [String: Int] = [:]
        return samples.map { encoding, bytes in
            let name = encoding.replacing(" ", with: "-")
            let count = counts[name, default: 0] + 1
            counts[name] = count
            let label = "\(owner).\(name)" + (count > 1 ? "-\(count)" : "")
            return Mark(
                label: label, length: bytes.count, tag: Self.tag(of: bytes, base: base),
                digest: SHA256.hex(salt + bytes))
        }
    }

    /// The highest bits of the polynomial of the bytes in `base`, modulo 2^64.
    static func tag(of bytes: [UInt8], base: UInt64) -> UInt16 {
        UInt16(truncatingIfNeeded: bytes.reduce(0 as UInt64) { $0 &* base &+ UInt64($1) } >> 48)
    }
}
