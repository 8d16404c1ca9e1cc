// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

@testable import BottleSidecars

/// The part of init's document that brings a CA for each daemon, and an origin's for pipelock to trust.
struct CarriedAuthorities {
    /// Members of the document, each with a comma before it.
    let document: String
    /// A member of pipelock's configuration, with a comma before it.
    let interception: String
    /// What init makes.
    let files: [String]

    init(in directory: String) throws {
        let trust = "\(directory)/trust.pem"
        var (parts, files) = ([String](), [trust])
        for name in ["egress", "pipelock"] {
            let authority = try MintedAuthority.mint(name: name)
            let pair = Self.files(of: name, in: directory)
            files += [pair.certificate, pair.key]
            let (certificate, key) = (
                try RunningInit.quoted(authority.certificate), try RunningInit.quoted(authority.key.exposed)
            )
            parts.append(
                #""\#(name)":{"certificate":"\#(pair.certificate)","certificate_text":\#(certificate),"#
                    + #""key":"\#(pair.key)","key_text":\#(key)}"#)
        }
        let trusted = try RunningInit.quoted(try MintedAuthority.mint(name: "origin").certificate)
        document =
            #","authorities":{\#(parts.joined(separator: ","))},"trust":"\#(trust)","trust_text":\#(trusted)"#
        let pipelock = Self.files(of: "pipelock", in: directory)
        interception =
            #","tls_interception":{"enabled":true,"ca_cert":"\#(pipelock.certificate)","ca_key":"\#(pipelock.key)"}"#
        self.files = files
    }

    private static func files(of name: String, in directory: String) -> CertificateFiles {
        CertificateFiles(certificate: "\(directory)/\(name)-ca.pem", key: "\(directory)/\(name)-ca-key.pem")
    }
}
