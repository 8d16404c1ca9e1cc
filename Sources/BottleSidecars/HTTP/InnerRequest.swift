// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The rules for a request inside a tunnel: it is for the host that the tunnel was asked for, and for no other.
enum InnerRequest {
    /// The path and query of a request.
    ///
    /// - Parameter verifiesHost: Only a fault does not.
    /// - Throws: 403 for another host, 400 for a form that two parsers could read in two ways.
    static func path(of head: RequestHead, in destination: HostPort, verifiesHost: Bool = true) throws(HTTPFailure)
        -> String
    {
        guard head.method != "CONNECT" else { throw HTTPFailure(405, "a tunnel in a tunnel is not offered") }
        guard head.fields.values("upgrade").isEmpty else {
            throw HTTPFailure(400, "protocol upgrades are not proxied")
        }
        guard case .origin(let path)? = try? RequestTarget(head.target, method: head.method) else {
            throw HTTPFailure(400, "a request in a tunnel names its path and nothing else")
        }
        let hosts = head.fields.values("host")
        guard let host = hosts.first, hosts.count == 1 else { throw HTTPFailure(400, "a request without a Host") }
        guard !verifiesHost || HostPort(authority: host, defaultPort: 443) == destination else {
            throw HTTPFailure(403, "authority mismatch: the request is for another host than its tunnel")
        }
        return path
    }
}
