// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@Suite struct AddressPropertyTests {
    private func slug(_ generator: inout SeededGenerator) throws -> Slug {
        Slug.fresh(agentName: generator.hostileText(upTo: 6), using: &generator)
    }

    /// Another way to the same number: the hash by 32-bit halves, without a 64-bit multiplication.
    private func octet(_ slug: String) -> UInt8 {
        var (high, low): (UInt64, UInt64) = (0xcbf2_9ce4, 0x8422_2325)
        for byte in slug.utf8 {
            low ^= UInt64(byte)
            // The prime is 2^40 + 0x1b3.
            let product = low * 0x1b3
            high = (high * 0x1b3 + product >> 32 + low << 8) & 0xffff_ffff
            low = product & 0xffff_ffff
        }
        let rest = UInt8((high % 254 * (4_294_967_296 % 254) + low % 254) % 254)
        return rest == 17 ? 254 : rest
    }

    @Test func everySlugHasOneAddressThatAnotherImplementationFinds() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100_000 {
            let slug = try slug(&generator)
            let plan = AddressPlan(slug: slug.text)
            #expect(plan.octet == octet(slug.text))
            #expect(plan.octet != 17 && plan.octet != 255)
            #expect(plan == AddressPlan(slug: slug.text))
        }
    }

    @Test func everyAddressLiesInItsSubnet() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<10_000 {
            let plan = AddressPlan(slug: try slug(&generator).text)
            let subnet = try #require(IPv4Network(plan.subnet))
            #expect(subnet.description == plan.subnet)
            for address in [plan.gateway, plan.bundle, plan.guest] {
                #expect(try #require(IPv4Network(address)).overlaps(subnet))
            }
        }
    }

    @Test func overlapIsMutualAndNested() throws {
        var generator = SeededGenerator(seed: 4)
        func network() throws -> (network: IPv4Network, low: UInt32, high: UInt32) {
            let length = Int.random(in: 0...32, using: &generator)
            // Few different addresses, so that many overlap.
            let base = UInt32.random(in: 0...15, using: &generator) << 28 | UInt32.random(in: 0...3, using: &generator)
            let octets = [base >> 24, base >> 16 & 255, base >> 8 & 255, base & 255].map(String.init)
            let host = length == 32 ? 0 : UInt32.max >> UInt32(length)
            let text = "\(octets.joined(separator: "."))/\(length)"
            return (try #require(IPv4Network(text)), base & ~host, base | host)
        }
        for _ in 0..<10_000 {
            let (one, other) = (try network(), try network())
            let expected = one.low <= other.high && other.low <= one.high
            #expect(one.network.overlaps(other.network) == expected)
            #expect(other.network.overlaps(one.network) == expected)
        }
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "01.2.3.4", "1.2.3.256", "::1", "1.2.3.4/8/8", "1.2.3.4 "])
    func whatIsNoNetworkIsNone(_ text: String) { #expect(IPv4Network(text) == nil) }

    @Test func aTakenSubnetIsRefusedAndADefaultRouteIsNot() throws {
        let slug = try Slug("dev")
        let plan = AddressPlan(slug: "dev")
        func taken(_ text: String) throws -> [(network: IPv4Network, owner: String)] {
            [
                (try #require(IPv4Network("192.0.2.0/24")), "eth0"),
                (try #require(IPv4Network(text)), "the route by tun0"),
            ]
        }
        for free in ["0.0.0.0/0", "10.77.155.0/24", "10.78.0.0/16"] {
            try plan.requireFree(slug: slug, taken: taken(free))
        }
        for other in ["10.77.156.0/24", "10.77.156.200", "10.0.0.0/8", "10.77.156.128/25", "0.0.0.0/1"] {
            let error = #expect(throws: BottleError.self) { try plan.requireFree(slug: slug, taken: taken(other)) }
            #expect(error?.code == .launch)
            #expect(error?.message.contains("of the route by tun0") == true)
        }
    }
}
