// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One machine as `smolvm machine status --json` has it: what is in force, and not what was asked for.
struct MachineRecord: Sendable, Hashable, Decodable {
    var network: Bool
    /// Nil without a list, which is no list of nobody.
    var allowedCIDRs: [String]?
    var allowedHosts: [String]?
    var dns: String?
    var mounts: Int
    var ports: Int
    var gpu: Bool
    var cuda: Bool
    /// Of the monitor, while the machine runs.
    var pid: Int32?
    var state: String

    private enum CodingKeys: String, CodingKey {
        case network, dns, mounts, ports, gpu, cuda, pid, state
        case allowedCIDRs = "allowed_cidrs"
        case allowedHosts = "allowed_hosts"
    }

    /// - Throws: `.transport` for something else than a status.
    init(_ json: [UInt8]) throws(BottleError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch {
            throw BottleError(
                .transport, "smolvm told the state of a machine in a form that is not known.", cause: error)
        }
    }

    /// The destinations that the guest may reach.
    var effectiveAllow: [String] {
        guard network else { return [] }
        return allowedCIDRs ?? ["0.0.0.0/0"]
    }

    /// What keeps this from being the policy of a guest that may reach `bundle` and nothing else; nil when it is.
    func problem(bundle: String) -> String? {
        if !network { return "its guest has no network" }
        if effectiveAllow != ["\(bundle)/32"] {
            return "its guest may reach \(effectiveAllow.joined(separator: ", "))"
        }
        if dns != bundle { return "its guest's names are asked at \(dns ?? "the host's resolver")" }
        if allowedHosts != ["=\(SmolvmSmolfile.nobody)"] {
            return "its guest may ask for \(allowedHosts?.joined(separator: ", ") ?? "every name")"
        }
        if mounts != 0 { return "it has \(mounts) directories of the host" }
        if ports != 0 { return "it publishes \(ports) ports" }
        if gpu || cuda { return "it has a graphics device of the host" }
        return nil
    }
}
