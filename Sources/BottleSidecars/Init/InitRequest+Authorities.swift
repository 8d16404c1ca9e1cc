// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// The authorities with which daemons open TLS, and whom they trust upstream.
extension InitRequest {
    /// Reads `{"egress": {"certificate": PATH, "key": PATH}, "pipelock": ...}`, where `certificate_text` and `key_text` say
    /// what init writes to those paths; files that are there already have no texts.
    ///
    /// - Throws: `.input` for half a pair, and for egress alone; never with a part of a key.
    mutating func readAuthorities(_ node: ConfigNode) throws(BottleError) {
        let daemons = try node.object(known: Set(Daemon.allCases.map(\.rawValue)))
        for daemon in Daemon.allCases {
            if let pair = daemons[daemon.rawValue] { try readAuthority(pair, of: daemon) }
        }
        guard authorities[.egress] == nil || authorities[.pipelock] != nil else {
            throw node.failure("egress cannot open TLS without pipelock, which it meets upstream: give both a CA")
        }
    }

    private mutating func readAuthority(_ node: ConfigNode, of daemon: Daemon) throws(BottleError) {
        let parts = try node.object(known: ["certificate", "key", "certificate_text", "key_text"])
        guard let certificate = try parts["certificate"]?.string(), let key = try parts["key"]?.string() else {
            throw node.failure("this is half a CA: give certificate and key")
        }
        authorities[daemon] = CertificateFiles(certificate: certificate, key: key)
        switch (parts["certificate_text"], parts["key_text"]) {
        case (nil, nil): return
        case (let certificateText?, let keyText?):
            texts[certificate] = try certificateText.string()
            privateKeys[key] = Redacted(try keyText.string())
        default: throw node.failure("this is half a CA: give certificate_text and key_text, or neither")
        }
    }

    /// Reads where the certificates stand that pipelock trusts upstream, and what init writes there.
    ///
    /// - Throws: `.input` for a text without a path.
    mutating func readTrust(path: ConfigNode?, text: ConfigNode?) throws(BottleError) {
        if let path, !path.isNull { trust = try path.string() }
        guard let text, !text.isNull else { return }
        guard let trust else { throw text.failure("there is no trust to write it to") }
        texts[trust] = try text.string()
    }

    /// With what egress opens TLS: upstream of it there is pipelock and nobody else.
    var authorityArguments: [String] {
        guard let own = authorities[.egress], let pipelock = authorities[.pipelock] else { return [] }
        return ["--ca-cert", own.certificate, "--ca-key", own.key, "--trust", pipelock.certificate]
    }
}
