// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// What a file of PEM blocks holds.
enum CertificateFacts {
    /// The largest file that is read, in bytes: some times all the authorities of the world.
    private static let limit = 8 << 20

    /// The digests of its certificates in order, and how many private keys and other blocks there are.
    static func collect(_ path: Bytes) -> Outcome {
        let descriptor = probe_open(path.terminated)
        guard descriptor >= 0 else { return Outcome(.done, errno: descriptor) }
        defer { _ = probe_close(descriptor) }
        var text: Bytes = []
        while true {
            let count = Descriptor.read(descriptor, into: &text)
            if count < 0 { return Outcome(.done, errno: Int32(truncatingIfNeeded: count)) }
            if count == 0 { break }
            guard text.count <= limit else { return Outcome(.done, errno: probe_error_too_big) }
        }
        return outcome(of: text)
    }

    private static func outcome(of text: Bytes) -> Outcome {
        var digests: Bytes = []
        var keys: UInt64 = 0
        var others: UInt64 = 0
        var label: Bytes = []
        var body: Bytes = []
        var isInside = false
        for line in text.pieces(separatedBy: 0x0a) {
            let line = trimmed(line)
            if line.count > 16, line[..<11].equals("-----BEGIN "), line.suffix(5).equals("-----") {
                // A block that was not ended is none.
                if isInside { others += 1 }
                isInside = true
                label = Bytes(line[11..<(line.count - 5)])
                body = []
                // Counted where it begins: half a key is too much as well.
                if label.count >= 11, label.suffix(11).equals("PRIVATE KEY") { keys += 1 }
            } else if isInside, line.count > 9, line[..<9].equals("-----END ") {
                isInside = false
                if label.equals("CERTIFICATE"), let bytes = decode(body) {
                    if !digests.isEmpty { digests.append(0x20) }
                    digests += Sha256.hex(bytes)
                } else if label.count < 11 || !label.suffix(11).equals("PRIVATE KEY") {
                    others += 1
                }
            } else if isInside {
                body += line
            }
        }
        if isInside { others += 1 }
        var outcome = Outcome(.done)
        outcome.note("certificates", digests)
        outcome.note("keys", Bytes(decimal: keys))
        outcome.note("others", Bytes(decimal: others))
        return outcome
    }

    private static func trimmed(_ line: Bytes) -> Bytes {
        var end = line.count
        while end > 0, line[end - 1] == 0x20 || line[end - 1] == 0x09 || line[end - 1] == 0x0d { end -= 1 }
        return Bytes(line[..<end])
    }

    /// The bytes of base64; nil for anything else.
    private static func decode(_ text: Bytes) -> Bytes? {
        guard !text.isEmpty, text.count % 4 == 0 else { return nil }
        var bytes: Bytes = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for byte in text {
            let value: UInt32
            switch byte {
            case 0x41...0x5a: value = UInt32(byte - 0x41)
            case 0x61...0x7a: value = UInt32(byte - 0x61) + 26
            case 0x30...0x39: value = UInt32(byte - 0x30) + 52
            case 0x2b: value = 62
            case 0x2f: value = 63
            case 0x3d:
                padding += 1
                value = 0
            default: return nil
            }
            // Nothing comes behind padding, of which there are two at most.
            if padding > 2 || padding > 0 && byte != 0x3d { return nil }
            bits = bits << 6 | value
            count += 1
            if count == 4 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: bits >> 8)) }
                if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: bits)) }
                bits = 0
                count = 0
            }
        }
        return bytes
    }
}
