// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Finds runs of exactly 32 lower-case hex digits in a stream that arrives in pieces of any size.
struct NonceScanner {
    private var complete: [String] = []
    private var seen: Set<String> = []
    private var run: [UInt8] = []

    /// What was found so far, in order, each once; a run at the very end counts until another digit follows.
    var nonces: [String] {
        guard let last = pending, !seen.contains(last) else { return complete }
        return complete + [last]
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                // 33 digits are as good as any longer run: not a nonce.
                if run.count <= 32 { run.append(byte) }
            default:
                endRun()
            }
        }
    }

    /// Ends the run, so that what follows is not taken for its continuation.
    mutating func endRun() {
        if let last = pending, seen.insert(last).inserted { complete.append(last) }
        run.removeAll(keepingCapacity: true)
    }

    private var pending: String? { run.count == 32 ? String(decoding: run, as: UTF8.self) : nil }

    /// All nonces of one whole message.
    static func nonces(in bytes: some Sequence<UInt8>) -> [String] {
        var scanner = NonceScanner()
        scanner.feed(bytes)
        return scanner.nonces
    }
}
