// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What egress needs; without routes it has no authority, no upstream and no token.
public struct EgressPlan: Sendable, Hashable, Codable {
    public var routes: [Manifest.Route]
    /// The names of the variables that hold tokens, each once and sorted; their values are never part of a plan.
    public var tokenVariables: [String]
    /// The rendered `routes.yaml` on the host; nil without routes.
    public var config: String?
    /// Nil without routes.
    public var authority: CertificateFiles?
    /// Where everything that egress forwards goes next; nil without routes.
    public var upstreamProxy: String?

    /// Decides everything from a plan.
    public init(plan: BottlePlan, paths: BottlePaths.Bottle) {
        let hasRoutes = !plan.routes.isEmpty
        routes = plan.routes
        tokenVariables = Set(plan.routes.map(\.tokenVariable)).sorted()
        config = hasRoutes ? paths.routes : nil
        authority = hasRoutes ? paths.egressAuthority : nil
        upstreamProxy = hasRoutes ? Contract.egressUpstreamProxy : nil
    }

    /// What the bundle sees of the host's files.
    public var mounts: [BundleMount] {
        var mounts: [BundleMount] = []
        if let config { mounts.append(BundleMount(source: config, target: Contract.Bundle.routes)) }
        if let authority {
            mounts.append(BundleMount(source: authority.certificate, target: Contract.Bundle.egressCertificate))
            mounts.append(BundleMount(source: authority.key, target: Contract.Bundle.egressKey))
        }
        return mounts
    }

    /// The value of every token, from the host's environment.
    ///
    /// - Throws: `.prerequisite` naming every route's variable that is unset or empty.
    public func tokens(environment: [String: String]) throws(BottleError) -> [String: Redacted<String>] {
        let missing = tokenVariables.filter { environment[$0]?.isEmpty ?? true }
        guard missing.isEmpty else {
            let names = missing.joined(separator: ", ")
            throw BottleError(
                .prerequisite,
                "The bottle's egress routes need \(names), which \(missing.count == 1 ? "is" : "are") not set; set a value."
            )
        }
        var result: [String: Redacted<String>] = [:]
        for name in tokenVariables {
            if let value = environment[name] { result[name] = Redacted(value) }
        }
        return result
    }
}
