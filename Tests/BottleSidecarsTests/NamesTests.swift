// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BottleSidecars

@Suite struct NamesTests {
    @Test(arguments: [
        ("Example.COM", "example.com"), ("a.b.", "a.b"), ("under_score.x-y", "under_score.x-y"),
        ("1.2.3.example", "1.2.3.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("localhost", "localhost"),
    ])
    func namesAreFolded(text: String, name: String) { #expect(HostSpec(text) == .name(name)) }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("127.0.0.1.", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("127.0.1", "127.0.0.1"), ("0x7F000001", "127.0.0.1"),
        ("0", "0.0.0.0"), ("[::1]", "::1"), ("[::ffff:127.0.0.1]", "127.0.0.1"), ("[2001:DB8:77::1]", "2001:db8:77::1"),
        ("[::ffff:7f00:1]", "127.0.0.1"), ("010.8.8.8", "8.8.8.8"),
    ])
    func spellingsOfAddressesAreLiterals(text: String, address: String) throws {
        let host = try #require(HostSpec(text))
        #expect(host == .literal(try #require(IPAddress(address))))
    }

    @Test(arguments: [
        "", ".", "a..b", ".a", "a.b..", "a b", "a\u{0}b", "a%2eb", "ä.example", "user@host", "a/b", "a\\b", "[::1",
        "::1",
        "[fe80::1%25eth0]", "[127.0.0.1]", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "0x1ffffffff", "08.1.1.1", "a.0xg.1",
        String(repeating: "a", count: 64) + ".example", String(repeating: "abcdefg.", count: 32) + "example", "a。b",
        "[:::1]",
    ])
    func everythingElseIsRefused(text: String) { #expect(HostSpec(text) == nil) }

    @Test(arguments: ["::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "fe80::1:0:0:1", "64:ff9b::102:304"])
    func addressesRoundTrip(text: String) { #expect(IPAddress(text)?.description == text) }

    @Test(arguments: [
        "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "1.2.3", "01.2.3.4", "1.2.3.4:", ":1", "1:",
    ])
    func badAddressesAreRefused(text: String) { #expect(IPAddress(text) == nil) }

    @Test func rangesCompareByPrefix() throws {
        let range = try #require(AddressRange("172.16.0.0/12"))
        #expect(range.contains(try #require(IPAddress("172.31.255.255"))))
        #expect(!range.contains(try #require(IPAddress("172.32.0.0"))))
        #expect(!range.contains(try #require(IPAddress("::1"))))
        #expect(AddressRange("172.16.0.1/12") == nil)
        #expect(AddressRange("10.0.0.0") == nil)
        #expect(AddressRange("10.0.0.0/33") == nil)
        #expect(AddressRange.usualInternal.count == 12)
    }

    @Test func allowlistMatchesAtLabelBounds() {
        var list = Allowlist()
        for entry in ["exact.example", "*.Wild.example"] {
            let isTaken = list.insert(entry)
            #expect(isTaken)
        }
        for name in ["exact.example", "wild.example", "a.wild.example", "a.b.wild.example"] {
            #expect(list.matches(name))
        }
        for name in ["sub.exact.example", "notexact.example", "evilwild.example", "wild.example.evil", "example"] {
            #expect(!list.matches(name))
        }
        for junk in ["host:443", "https://host", "", "*", "*.", "1.2.3.4", "a.*.b", "*.*.a"] {
            let isTaken = list.insert(junk)
            #expect(!isTaken)
        }
    }

    @Test func targetsAreTakenApart() throws {
        #expect(
            try RequestTarget("HTTP://A.Example:8080?q=1", method: "GET")
                == .absolute(HostPort(host: .name("a.example"), port: 8080), path: "/?q=1"))
        #expect(
            try RequestTarget("http://a.example", method: "GET")
                == .absolute(HostPort(host: .name("a.example"), port: 80), path: "/"))
        #expect(
            try RequestTarget("[::1]:9099", method: "CONNECT")
                == .authority(HostPort(host: try #require(HostSpec("[::1]")), port: 9099)))
        #expect(try RequestTarget("/x?y", method: "GET") == .origin(path: "/x?y"))
    }

    @Test(arguments: [
        ("http://allowed@denied/", "GET"), ("http://a:80:90/", "GET"), ("http://a:/", "GET"), ("http://a:0/", "GET"),
        ("http://a:65536/", "GET"), ("http:///x", "GET"), ("https://a/", "GET"), ("a:80", "GET"), ("*", "OPTIONS"),
        ("http://a/#f", "GET"), ("a", "CONNECT"), ("http://a:80", "CONNECT"), ("a:80/x", "CONNECT"),
        ("a:+80", "CONNECT"),
        ("http://a\\@b/", "GET"),
    ])
    func oddTargetsAreRefused(target: String, method: String) {
        #expect(throws: RequestTarget.Failure.self) { try RequestTarget(target, method: method) }
    }
}
