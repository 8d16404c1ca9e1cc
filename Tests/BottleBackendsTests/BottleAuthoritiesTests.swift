// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem
import Foundation
import Testing

@testable import BottleBackends

/// The authorities of launches, and what of them lands where on the host and in a guest.
struct BottleAuthoritiesTests {
    private static func plan(routes: Bool, slug: String = "dev") throws -> BottlePlan {
        var manifest = DriverFixture.manifest
        if !routes { manifest.bottles["dev"]?.routes = [] }
        return try BottlePlan.make(manifest: manifest, agentName: "helper", slug: slug)
    }

    private static func minted(routes: Bool = true, slug: String = "dev") throws -> BottleAuthorities {
        try #require(try BottleAuthorities.mint(for: plan(routes: routes, slug: slug)))
    }

    @Test func egressHasOneIffThereAreRoutes() throws {
        let routed = try Self.minted()
        let egress = try #require(routed.egress)
        #expect(routed.selected.certificate == egress.certificate && egress.certificate != routed.pipelock.certificate)
        let bare = try Self.minted(routes: false)
        #expect(bare.egress == nil && bare.selected.certificate == bare.pipelock.certificate)
        for pair in [routed.pipelock, egress, bare.pipelock] {
            #expect(
                pair.certificate.hasPrefix("-----BEGIN CERTIFICATE-----\n") && pair.certificate.hasSuffix("-----\n"))
            #expect(pair.key.exposed.hasPrefix("-----BEGIN EC PRIVATE KEY-----\n"))
            #expect(!"\(pair)".contains("EC PRIVATE KEY"))
        }
    }

    @Test func theLongestSlugFitsIntoAName() throws {
        _ = try Self.minted(slug: String(repeating: "a", count: Slug.maximumLength))
    }

    @Test func everyLaunchHasItsOwn() throws {
        let mint = AuthorityMint(faults: [])
        var seen: Set<String> = []
        for slug in ["dev", "dev", "other"] {
            let authorities = try #require(try mint.authorities(for: Self.plan(routes: true, slug: slug)))
            for pair in [authorities.pipelock, try #require(authorities.egress)] {
                for text in [pair.certificate, pair.key.exposed] {
                    let isNew = seen.insert(text).inserted
                    #expect(isNew)
                }
            }
        }
    }

    @Test func onlyTheFaultUsesThemAgain() throws {
        let mint = AuthorityMint(faults: [.sharedca])
        let bare = try #require(try mint.authorities(for: Self.plan(routes: false)))
        let routed = try #require(try mint.authorities(for: Self.plan(routes: true)))
        let again = try #require(try mint.authorities(for: Self.plan(routes: true, slug: "other")))
        #expect(bare.egress == nil && bare.pipelock.certificate == again.pipelock.certificate)
        #expect(routed.egress?.certificate == again.egress?.certificate && routed.egress != nil)
        let last = try #require(try mint.authorities(for: Self.plan(routes: false)))
        #expect(last.egress == nil && last.pipelock.certificate == bare.pipelock.certificate)
    }

    // MARK: - On the host

    /// Makes the state of a bottle, hands out its directory, and removes it.
    private func withState(
        _ faults: Set<Fault> = [], routes: Bool = true, _ body: (String, BottleAuthorities) throws -> Void
    ) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "bottle-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        var request = LaunchRequest(
            manifest: DriverFixture.manifest, agentName: "helper", slug: "dev", network: .bottle,
            resolver: WorldLayout.nameServer, tokens: [:])
        if !routes { request.manifest.bottles["dev"]?.routes = [] }
        let report = try NamespacesPlanner(state: root).report(request)
        let authorities = try Self.minted(routes: routes)
        let state = try BottleState.make(
            root: root, report: report, workspace: "", authorities: authorities, faults: faults)
        try body(state.directory, authorities)
        try state.remove()
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func theirFilesAreTheOwnersAloneAndGoWithTheBottle() throws {
        var left = ""
        try withState { directory, authorities throws in
            left = directory
            for (part, pair) in [("pipelock", authorities.pipelock), ("egress", try #require(authorities.egress))] {
                #expect(try mode("\(directory)/\(part)") == 0o700)
                for (name, text) in [("ca.pem", pair.certificate), ("ca-key.pem", pair.key.exposed)] {
                    let path = "\(directory)/\(part)/\(name)"
                    #expect(try mode(path) == 0o600, "\(path)")
                    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
                }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: left))
    }

    @Test func withoutRoutesEgressHasNoFile() throws {
        try withState(routes: false) { directory, _ throws in
            #expect(FileManager.default.fileExists(atPath: "\(directory)/pipelock/ca-key.pem"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/egress").isEmpty)
        }
    }

    @Test func onlyTheFaultOpensAKey() throws {
        try withState([.keyopen]) { directory, _ throws in
            for part in ["pipelock", "egress"] {
                #expect(try mode("\(directory)/\(part)/ca-key.pem").map { $0 & 0o044 != 0 } == true)
                #expect(try mode("\(directory)/\(part)/ca.pem") == 0o600)
            }
        }
    }

    // MARK: - In a guest

    private func trust(
        _ authorities: BottleAuthorities?, _ mode: NetworkMode = .bottle, _ faults: Set<Fault> = []
    ) throws -> GuestTrust {
        try GuestTrust(authorities, of: Self.plan(routes: true), mode: mode, faults: faults)
    }

    @Test func aGuestIsGivenTheSelectedCertificateAndNoKey() throws {
        let authorities = try Self.minted()
        let given = try trust(authorities)
        #expect(given.certificate == authorities.egress?.certificate)
        for nothing in [try trust(authorities, .open), try trust(authorities, .open, [.keytoo]), try trust(nil)] {
            #expect(nothing.certificate == nil)
        }
    }

    @Test func aFaultBreaksOneThing() throws {
        let authorities = try Self.minted()
        #expect(try trust(authorities, .bottle, [.noca]).certificate == nil)
        let both = try trust(authorities, .bottle, [.keytoo])
        #expect(both.certificate == authorities.selected.certificate + authorities.selected.key.exposed)
        let stale = try trust(authorities, .bottle, [.stalebundle])
        #expect(stale.certificate?.hasPrefix("-----BEGIN CERTIFICATE-----\n") == true)
        #expect(stale.certificate?.contains("PRIVATE KEY") == false)
        #expect(![authorities.egress, authorities.pipelock].contains { $0?.certificate == stale.certificate })
    }

    @Test func whatAnImageTrustsIsKept() throws {
        let given = try trust(Self.minted())
        let certificate = Array(try #require(given.certificate).utf8)
        #expect(given.store(over: []) == certificate)
        #expect(given.store(over: Array("own".utf8)) == Array("own\n".utf8) + certificate)
        #expect(try trust(nil).store(over: Array("own".utf8)) == Array("own".utf8))
    }

    @Test func aSandboxHasThemInFilesOfItsOwn() throws {
        let authorities = try Self.minted()
        let host = SandboxRoot.Host(pieces: [:], certificates: Array("machine".utf8), probe: "/p", bundle: "/b")
        func files(_ entries: [SandboxSpec.Entry]) -> [String: (mode: UInt32, uid: UInt32, text: String)] {
            var files: [String: (mode: UInt32, uid: UInt32, text: String)] = [:]
            for case .file(let path, let mode, let uid, let bytes) in entries {
                files[path] = (mode, uid, String(decoding: bytes, as: UTF8.self))
            }
            return files
        }
        let bundle = files(
            SandboxRoot.bundle(
                host, owner: 0, resolver: "192.0.2.1", artefacts: [], authorities: authorities, upstream: "origins"))
        for (path, text) in [
            (Contract.Bundle.pipelockCertificate, authorities.pipelock.certificate),
            (Contract.Bundle.pipelockKey, authorities.pipelock.key.exposed),
            (Contract.Bundle.egressCertificate, try #require(authorities.egress).certificate),
            (Contract.Bundle.egressKey, try #require(authorities.egress).key.exposed),
            (Contract.Bundle.upstreamTrust, "origins"),
        ] {
            let file = try #require(bundle[path], "\(path)")
            #expect(file.mode == 0o600 && file.uid == Contract.agentUID && file.text == text, "\(path)")
        }
        #expect(bundle[Contract.caBundlePath]?.text == "machine")
        let guest = files(
            SandboxRoot.guest(
                host, hostname: "dev", owner: 0, resolvers: [], trust: try trust(authorities, .bottle, [.keytoo])))
        let store = try #require(guest[Contract.caBundlePath])
        #expect(store.mode == 0o644 && store.uid == 0)
        #expect(
            store.text == "machine\n\(authorities.selected.certificate)\(authorities.selected.key.exposed)")
        let twin = files(
            SandboxRoot.guest(host, hostname: "dev", owner: 0, resolvers: [], trust: try trust(authorities, .open)))
        #expect(twin[Contract.caBundlePath]?.text == "machine")
    }
}
