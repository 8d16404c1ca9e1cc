// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSidecars

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the bundle's init is told, once, on its standard input.
///
/// Token values and private keys are in here: the document goes to the pipe and nowhere else.
struct BundleInit: Encodable {
    /// The bundle's executable in the bundle.
    static let executable = "/bottle/bundle"

    /// The faults that the bundle's daemons carry out themselves.
    static let faults: Set<Fault> = [
        .egress0000, .egressoff, .nossrf, .noproxy, .tcpsink, .denyall, .noinject, .nostrip, .httponly, .connectonly,
        .emptyopen, .extraport, .anyport, .nosni, .insecure, .warn, .passthrough, .suffixroute,
        .literal, .suffix, .resolvefirst, .firstonly, .adminopen, .noredact, .noentropy, .reresolve, .follow, .envall,
        .direct, .tokenless,
    ]

    private enum CodingKeys: String, CodingKey {
        case daemons, open, faults, tokens, resolver, authorities, trust
        case bundleAddress = "bundle_address"
        case pipelockConfig = "pipelock_config"
        case routesConfig = "routes_config"
        case pipelockText = "pipelock_text"
        case routesText = "routes_text"
        case trustText = "trust_text"
        case pipelockProgram = "pipelock_program"
    }

    /// Where both halves of an authority stand in the bundle, and what init writes there itself.
    private struct Handed: Encodable {
        enum CodingKeys: String, CodingKey {
            case certificate, key
            case certificateText = "certificate_text"
            case keyText = "key_text"
        }

        let certificate: String
        let key: String
        let certificateText: String?
        let keyText: String?

        init(_ files: CertificateFiles, _ pair: BottleAuthorities.Pair, isCarried: Bool) {
            certificate = files.certificate
            key = files.key
            certificateText = isCarried ? pair.certificate : nil
            keyText = isCarried ? pair.key.exposed : nil
        }
    }

    private let daemons: [String]
    private let bundleAddress: String
    private let pipelockConfig = Contract.Bundle.pipelockConfig
    /// Nil for a bottle without routes, which has no such file.
    private let routesConfig: String?
    /// What init writes to those files itself; nil where they are there before it starts.
    private let pipelockText: String?
    private let routesText: String?
    /// By daemon; nil for a bundle that opens no TLS.
    private let authorities: [String: Handed]?
    /// The file of whom the bundle trusts upstream besides the system's authorities; nil names nobody.
    private let trust: String?
    private let trustText: String?
    /// What runs as pipelock; nil is the bundle's own.
    private let pipelockProgram: String?
    private let open: Bool
    private let faults: [String]
    private let tokens: [String: String]
    /// `ADDRESS:53`; nil where the bundle's own /etc/resolv.conf says it.
    private let resolver: String?

    /// - Parameters:
    ///   - artefacts: Configuration that travels in the document, and authorities with it: a copy into a container costs an
    ///     engine more. Without any, all those files are there before init starts.
    ///   - authorities: Of this launch; an open twin opens no TLS.
    ///   - upstream: Certificates that the bundle trusts besides the system's, in PEM.
    ///   - pipelock: Whether a program of the user's is pipelock; an open twin has the bundle's own, the only one that lets
    ///     everything through.
    init(
        plan: BottlePlan, open: Bool, faults: Set<Fault>, tokens: [String: Redacted<String>], resolver: String? = nil,
        artefacts: [Artefact] = [], authorities: BottleAuthorities? = nil, upstream: String? = nil,
        pipelock: PipelockProgram? = nil
    ) {
        pipelockProgram = open || pipelock == nil ? nil : PipelockProgram.place
        let handed = open ? nil : authorities
        let isCarried = !artefacts.isEmpty
        self.authorities = handed.map { authorities in
            Self.files(of: authorities).mapValues { Handed($0.files, $0.pair, isCarried: isCarried) }
        }
        let trusted = handed == nil ? nil : upstream
        trust = trusted == nil ? nil : Contract.Bundle.upstreamTrust
        trustText = isCarried ? trusted : nil
        pipelockText = artefacts.first { $0.kind == .pipelock }?.text
        routesText = plan.routes.isEmpty ? nil : artefacts.first { $0.kind == .routes }?.text
        self.resolver = resolver.map { $0.contains(":") ? "[\($0)]:53" : "\($0):53" }
        daemons = plan.daemons
        bundleAddress = plan.addresses.bundle
        routesConfig = plan.routes.isEmpty ? nil : Contract.Bundle.routes
        self.open = open
        self.faults = faults.intersection(BundleInit.faults).map(\.rawValue).sorted()
        // Only what a route names: a value nobody asked for stays out of the bundle.
        let wanted = Set(plan.routes.map(\.tokenVariable))
        self.tokens = tokens.filter { wanted.contains($0.key) }.mapValues(\.exposed)
    }

    /// Where the authorities of a launch stand in its bundle, by daemon.
    static func files(
        of authorities: BottleAuthorities
    ) -> [String: (files: CertificateFiles, pair: BottleAuthorities.Pair)] {
        let pipelock = CertificateFiles(
            certificate: Contract.Bundle.pipelockCertificate, key: Contract.Bundle.pipelockKey)
        let egress = CertificateFiles(
            certificate: Contract.Bundle.egressCertificate, key: Contract.Bundle.egressKey)
        var files = ["pipelock": (files: pipelock, pair: authorities.pipelock)]
        files["egress"] = authorities.egress.map { (files: egress, pair: $0) }
        return files
    }

    /// The document as one line of JSON.
    ///
    /// - Throws: `.input` for more than init reads.
    func document() throws(BottleError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(self) else {
            // The cause stays out: it could repeat a token or a key.
            throw BottleError(.internalFault, "The bundle's start document could not be written.")
        }
        guard line.count < InitRequest.documentLimit else {
            throw BottleError(
                .input,
                "The bundle cannot be told all it has to know: its start document has \(line.count) bytes, and at most \(InitRequest.documentLimit) are read. Shorten the allowlist, or the certificates that are trusted upstream."
            )
        }
        return Array(line) + [UInt8(ascii: "\n")]
    }
}
