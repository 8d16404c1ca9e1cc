// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the bundle's init is told, once, on its standard input.
///
/// Token values are in here: the document goes to the pipe and nowhere else.
struct BundleInit: Encodable {
    /// The bundle's executable in the bundle.
    static let executable = "/bottle/bundle"

    /// The faults that the bundle's daemons carry out themselves.
    static let faults: Set<Fault> = [
        .egress0000, .egressoff, .nossrf, .noproxy, .tcpsink, .denyall, .noinject, .nostrip, .httponly, .connectonly,
        .emptyopen, .extraport, .anyport,
    ]

    private enum CodingKeys: String, CodingKey {
        case daemons, open, faults, tokens, resolver
        case bundleAddress = "bundle_address"
        case pipelockConfig = "pipelock_config"
        case routesConfig = "routes_config"
        case pipelockText = "pipelock_text"
        case routesText = "routes_text"
    }

    private let daemons: [String]
    private let bundleAddress: String
    private let pipelockConfig = Contract.Bundle.pipelockConfig
    /// Nil for a bottle without routes, which has no such file.
    private let routesConfig: String?
    /// What init writes to those files itself; nil where they are there before it starts.
    private let pipelockText: String?
    private let routesText: String?
    private let open: Bool
    private let faults: [String]
    private let tokens: [String: String]
    /// `ADDRESS:53`; nil where the bundle's own /etc/resolv.conf says it.
    private let resolver: String?

    /// - Parameter artefacts: Configuration that travels in the document: a copy into a container costs an engine more.
    init(
        plan: BottlePlan, open: Bool, faults: Set<Fault>, tokens: [String: Redacted<String>], resolver: String? = nil,
        artefacts: [Artefact] = []
    ) {
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

    /// The document as one line of JSON.
    func document() throws(BottleError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
        } catch {
            // The cause stays out: it could repeat a token.
            throw BottleError(.internalFault, "The bundle's start document could not be written.")
        }
    }
}
