// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Finds what looks like a nonce in bytes of any origin.
public enum NonceScan {
    /// Every run of exactly 32 lower-case hex digits, in order.
    public static func runs(in bytes: some Sequence<UInt8>) -> [String] {
        var found: [String] = []
        var run: [UInt8] = []
        func close() {
            if run.count == 32 { found.append(String(decoding: run, as: UTF8.self)) }
            run.removeAll(keepingCapacity: true)
        }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                // One digit too many is enough to know that the run is none of ours.
                if run.count <= 32 { run.append(byte) }
            default: close()
            }
        }
        close()
        return found
    }
}
