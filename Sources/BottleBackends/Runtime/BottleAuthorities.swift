// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSidecars

/// The certificate authorities of one launch of a bottle: its bundle opens TLS with them, and its guest trusts one.
///
/// The keys are known to the launch, to the bottle's private files on the host, and to the bundle.
struct BottleAuthorities: Sendable {
    /// Both halves of an authority in PEM, each with its last newline.
    struct Pair: Sendable {
        let certificate: String
        /// A SEC1 key.
        let key: Redacted<String>
    }

    /// Whether this build has any: without the trait TLS no bundle opens TLS.
    static let areBuiltIn = TLSSupport.isBuiltIn

    let pipelock: Pair
    /// Nil without routes.
    let egress: Pair?

    /// The one whose leaves the guest is shown: where there are routes pipelock leads every tunnel of the guest to egress.
    var selected: Pair { egress ?? pipelock }

    /// Makes new ones; nil in a build that has none.
    ///
    /// - Throws: `.input` when the cryptography fails.
    static func mint(for plan: BottlePlan) throws(BottleError) -> BottleAuthorities? {
        guard let pipelock = try pair("pipelock", of: plan) else { return nil }
        return BottleAuthorities(
            pipelock: pipelock, egress: plan.routes.isEmpty ? nil : try pair("egress", of: plan))
    }

    /// Makes one authority; nil in a build that has none.
    ///
    /// - Parameter owner: Who signs with it, for people: it stands in the common name, which has 64 bytes, behind the slug,
    ///   which has up to 40.
    /// - Throws: `.input` when the cryptography fails.
    static func pair(_ owner: String, of plan: BottlePlan) throws(BottleError) -> Pair? {
        guard let made = try TLSSupport.mint(name: "\(plan.slug) \(owner) CA") else { return nil }
        return Pair(certificate: made.certificate, key: made.key)
    }
}
