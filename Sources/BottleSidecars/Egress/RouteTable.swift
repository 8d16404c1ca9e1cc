// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// `routes.yaml`, written in JSON syntax: the hosts for which a credential is injected.
package struct RouteTable: Sendable {
    /// One host and the variable that holds its token.
    package struct Route: Sendable, Hashable {
        package let isHTTP: Bool
        package let destination: HostPort
        package let tokenVariable: String
    }

    package private(set) var routes: [Route] = []

    /// No routes.
    package init() {}

    /// Decodes a list of `{host, scheme, port, token_variable, role}`; throws `.input` with the file and the place.
    package init(document: [UInt8], file: String) throws(BottleError) {
        for node in try ConfigNode(document: document, file: file).array() {
            let keys = try node.object(known: ["host", "scheme", "port", "token_variable", "role"])
            guard let hostNode = keys["host"], let variableNode = keys["token_variable"] else {
                throw node.failure("a route needs host and token_variable")
            }
            let hostText = try hostNode.string()
            guard let host = HostSpec(hostText), case .name = host else {
                throw hostNode.failure("'\(hostText)' is no host name")
            }
            let scheme = try keys["scheme"]?.string() ?? "https"
            guard scheme == "http" || scheme == "https" else {
                throw node.failure("scheme '\(scheme)' must be http or https")
            }
            var port = scheme == "http" ? 80 : 443
            if let portNode = keys["port"], !portNode.isNull { port = try portNode.integer(in: 1...65535) }
            if let role = keys["role"], !role.isNull { _ = try role.string() }
            let variable = try variableNode.string()
            guard Self.isVariableName(variable) else {
                throw variableNode.failure("'\(variable)' cannot name an environment variable")
            }
            let destination = HostPort(host: host, port: UInt16(truncatingIfNeeded: port))
            let isHTTP = scheme == "http"
            guard !routes.contains(where: { $0.destination == destination && $0.isHTTP == isHTTP }) else {
                throw node.failure("a second route for \(scheme)://\(destination)")
            }
            routes.append(Route(isHTTP: isHTTP, destination: destination, tokenVariable: variable))
        }
    }

    /// The route of a plain HTTP request, by exact host and port.
    package func httpRoute(to destination: HostPort) -> Route? {
        routes.first { $0.isHTTP && $0.destination == destination }
    }

    /// The route of a TLS tunnel, by exact host and port.
    ///
    /// - Parameter bySuffix: Also for a host that only ends as the route's does: only a fault wants that.
    package func httpsRoute(to destination: HostPort, bySuffix: Bool = false) -> Route? {
        routes.first { route in
            guard !route.isHTTP else { return false }
            guard bySuffix, case .name(let host) = destination.host, case .name(let own) = route.destination.host else {
                return route.destination == destination
            }
            return host.hasSuffix(own)
        }
    }

    /// `[A-Za-z_][A-Za-z0-9_]*`, and nothing that this program or its loader reads itself.
    package static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        let isPlain = name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x5f
        }
        return isPlain && name != "EGRESS_UPSTREAM_PROXY" && !name.hasPrefix("LD_") && !name.hasPrefix("SWIFT_")
    }
}
