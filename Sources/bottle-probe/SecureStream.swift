// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// TLS over a connected socket, by the helper beside the probe, and what it says about it.
struct SecureStream {
    /// Reads and writes what the TLS means.
    private(set) var descriptor: Int32 = -1
    private var status: Int32 = -1
    private var said: Bytes = []
    private var start: Int32 = 0

    /// Has the handshake; 0, or an error number: EPROTO for TLS that came to nothing.
    mutating func open(over network: Int32, _ secured: Request.Exchange.Secured, _ deadline: Deadline) -> Int32 {
        start = probe_secure(
            secured.helper, network, secured.serverName, secured.trust, secured.protocols, &descriptor, &status)
        guard start == 0 else { return start }
        while !said.contains(0x0a) {
            guard deadline.wait(status, forWrite: false) else { return probe_error_timed_out }
            // Without a word the helper has died.
            if Descriptor.read(status, into: &said) <= 0 { return probe_error_protocol }
        }
        return said.count > 5 && said[..<5].equals("open ") ? 0 : probe_error_protocol
    }

    /// Adds what is known: `tls` is a version, `tls.leaf` the server's certificate in hex, `tls.failure` a reason,
    /// `tls.end` whether the server said that it was done.
    func note(in outcome: inout Outcome) {
        guard start == 0 else {
            outcome.note("tls.helper", Outcome.name(of: -start))
            return
        }
        var said = said
        // The end follows at once on the last bytes; who is not done yet has none.
        while Descriptor.wait(status, forWrite: false, milliseconds: 50) {
            if Descriptor.read(status, into: &said) <= 0 { break }
        }
        for line in said.pieces(separatedBy: 0x0a) {
            let words = line.pieces(separatedBy: 0x20)
            if words.count == 3, words[0].equals("open") {
                outcome.note("tls", words[1])
                outcome.note("tls.leaf", words[2])
            } else if words.count == 2, words[0].equals("end") {
                outcome.note("tls.end", words[1])
            } else if line.count > 7, line[..<7].equals("failed ") {
                outcome.note("tls.failure", Bytes(line[7...]))
            }
        }
        _ = probe_close(status)
    }
}
