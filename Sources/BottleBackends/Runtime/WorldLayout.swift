// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// The fixed geography of a namespaces world: which network holds which address. Documentation ranges only.
///
/// ```
/// host (the bottle's host)                         internet
///   lo      127.0.0.0/8, ::1
///   uplink  203.0.113.1/24, 2001:db8:77::1/64 ---- eth0  203.0.113.53 (name server), .10 .11 .12, 2001:db8:77::10 ...
///   lan0    198.51.100.1/24 (LAN address),    ---- lan1  198.51.100.2/24
///           198.51.100.53/24 (host's resolver), 2001:db8:78::1/64, the addresses of HostAliases
///   h<octet> 10.77.<octet>.1/24 (gateway)     ---- bundle-<slug>: eth0 10.77.<octet>.2/24, default via the gateway
///                                                  g0 ---- guest-<slug>: eth0 10.77.<octet>.3/32, route to the bundle only
/// ```
package enum WorldLayout {
    package static let host = "host"
    package static let internet = "internet"
    package static let uplinkAddress = "203.0.113.1"
    package static let uplinkAddressV6 = "2001:db8:77::1"
    package static let nameServer = "203.0.113.53"
    package static let lanAddress = "198.51.100.1"
    package static let lanAddressV6 = "2001:db8:78::1"
    package static let hostResolver = "198.51.100.53"
    /// Off-host canaries, one address for each session of a run, in order.
    package static let offHost = ["203.0.113.10", "203.0.113.11", "203.0.113.12"]
    package static let offHostV6 = ["2001:db8:77::10", "2001:db8:77::11", "2001:db8:77::12"]
    /// The zone the name server is authoritative for.
    package static let zone = "bottle.test"

    package static func bundleNetwork(_ slug: String) -> String { "bundle-\(slug)" }
    package static func guestNetwork(_ slug: String) -> String { "guest-\(slug)" }

    /// The link-local address of the host where it forwards IPv6.
    package static let routerLinkLocal = "fe80::1/64"
    /// The range of the addresses below, routed from the internet back to the host.
    package static let leakRangeV6 = "2001:db8:79::/48"
    /// An IPv6 address on the extra wire that a fault gives a guest, with its prefix length.
    package static func leakAddressV6(_ addresses: AddressPlan, host: Int) -> String {
        "2001:db8:79:\(addresses.octet)::\(host)/64"
    }
}
