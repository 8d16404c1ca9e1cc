// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Builds DNS queries (RFC 1035) byte by byte, so that probes and controls need no resolver of anybody else.
public enum DNSQuery {
    /// Record types by the names used in probes, as registered with IANA.
    public enum RecordType {
        public static let a: UInt16 = 1
        public static let ptr: UInt16 = 12
        public static let txt: UInt16 = 16
        public static let aaaa: UInt16 = 28
        public static let null: UInt16 = 10
        public static let any: UInt16 = 255
    }

    /// One query of class IN as it travels over UDP.
    ///
    /// Empty labels are left out and a label is cut at 63 bytes, the most the format can carry; the whole name is not
    /// limited to 255 bytes, so that an over-long one can be sent on purpose.
    public static func bytes(
        name: String, type: UInt16, id: UInt16, recursionDesired: Bool = true
    ) -> [UInt8] {
        var message = bigEndian(id)
        message += [recursionDesired ? 1 : 0, 0]
        message += [0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.utf8.split(separator: UInt8(ascii: ".")) {
            let kept = label.prefix(63)
            message.append(UInt8(kept.count))
            message += kept
        }
        message.append(0)
        return message + bigEndian(type) + bigEndian(1)
    }

    /// The same query with the two-byte length that TCP puts before it.
    public static func tcpBytes(
        name: String, type: UInt16, id: UInt16, recursionDesired: Bool = true
    ) -> [UInt8] {
        let message = bytes(name: name, type: type, id: id, recursionDesired: recursionDesired)
        return bigEndian(UInt16(clamping: message.count)) + message
    }

    private static func bigEndian(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
}
