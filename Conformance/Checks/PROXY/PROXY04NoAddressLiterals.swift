// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-04: an address is no name, in whatever spelling.
package struct PROXY04NoAddressLiterals: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-04",
        title: "address literals in any spelling are denied",
        statement:
            "Targets that are address literals, in any spelling, MUST be denied, also with the Host header or SNI of an "
            + "allowed host.",
        why:
            "An allowlist of names says nothing about addresses. Proxies compare the text and dial what a C library makes "
            + "of it, which reads 0xcb.0.0x710a as an address.",
        probed:
            "The guest asks for the address that an allowed host has, dotted, decimal, octal, hex, short, mapped to IPv6, "
            + "with brackets, a scope and a trailing dot, by CONNECT with the allowed name in TLS and by absolute-form "
            + "request with the allowed Host; the far side watches. An open twin gets through by the plain spelling, and "
            + "the allowed host works by its name.",
        remedy:
            "Parse a target as strictly as what dials it is lax, treat every text that could be an address as one, and deny "
            + "addresses where names are listed.",
        profiles: .fullProfiles,
        mutants: ["literal": .violated, "closedtwin": .inconclusive]
    )

    /// Spellings of an IPv4 address by what they are called; empty for what is none.
    private static func spellings(_ address: String) -> [(key: String, text: String)] {
        let octets = address.split(separator: ".").compactMap { UInt32($0) }
        guard octets.count == 4 else { return [] }
        let number = octets.reduce(0) { $0 << 8 | $1 }
        let octal = octets.map { "0" + String($0, radix: 8) }.joined(separator: ".")
        let hex = octets.map { "0x" + String($0, radix: 16) }.joined(separator: ".")
        return [
            ("dotted", address), ("decimal", "\(number)"), ("octal", octal), ("hex", hex),
            ("hex-whole", "0x" + String(number, radix: 16)),
            ("short", "\(octets[0]).\(octets[1]).\(octets[2] << 8 | octets[3])"),
            ("mapped", "[::ffff:\(address)]"), ("scoped", "[::ffff:\(address)%25eth0]"), ("bracketed", "[\(address)]"),
            ("trailing-dot", "\(address)."), ("padded", "00\(address)"),
        ]
    }

    /// The one that every proxy without a list understands.
    private static let plain = "dotted"
    private static let entries = [(key: "connect", title: "CONNECT"), (key: "get", title: "absolute-form GET")]

    private static func address(_ field: SessionField) -> String? {
        CanaryNeed(.offHost, .tcp, 443).canaries(in: field).first?.address
    }

    package func declare(_ declaration: inout Declaration) {
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        guard declaration.session != .variant, let address = Self.address(field) else { return }
        for spelling in Self.spellings(address) where declaration.session == .bottle || spelling.key == Self.plain {
            let (connect, get) = (Nonce.fresh(), Nonce.fresh())
            declaration.probe(
                "connect/\(spelling.key)", nonce: connect,
                .exchange(
                    Requests.secure(
                        spelling.text, connect, via: bundle, trust: .anybody, serverName: field.allowedHost,
                        headers: ["Host: \(field.allowedHost)"])))
            declaration.probe(
                "get/\(spelling.key)", nonce: get,
                .exchange(
                    Requests.absolute(
                        spelling.text, get, via: bundle, headers: ["X-Forwarded-Host: \(field.allowedHost)"])))
        }
        guard declaration.session == .bottle else { return }
        let named = Nonce.fresh()
        declaration.probe("named", nonce: named, .exchange(Requests.absolute(field.allowedHost, named, via: bundle)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let needs = [CanaryNeed(.offHost, .tcp, 443), CanaryNeed(.offHost, .tcp, 80)]
        let spellings = Self.address(scene.field).map(Self.spellings) ?? []
        let attempts = spellings.flatMap { spelling in
            Self.entries.map { entry in
                let key = "\(entry.key)/\(spelling.key)"
                let isPlain = spelling.key == Self.plain
                return Denial.Attempt(
                    key: key,
                    deed: "an allowed host by its address \(spelling.text), through the proxy by \(entry.title)",
                    canaries: needs[entry.key == "get" ? 1 : 0].canaries(in: scene.field),
                    twinKey: isPlain ? key : nil,
                    accepted: isPlain ? Outcome.denials : Outcome.denials.union([.nameFail]))
            }
        }
        let permitted = Denial.Permitted(
            key: "named", what: "\(scene.field.allowedHost), which has that address, by its name",
            proof: .bannerThroughBundle)
        return Denial(attempts: attempts, permitted: [permitted], gaps: needs.gaps(in: scene.field)).judge(
            evidence, pass: "\(attempts.count) requests for an allowed host's address were denied; its name works")
    }
}
