// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Crypto
import NIOCore
import NIOEmbedded
import NIOSSL
import Synchronization
import Testing
import X509

@testable import BottleSidecars

/// The first message of TLS clients: read as BoringSSL reads it, whatever is done to it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ClientHelloTests {
    /// What a real client says first.
    private static func hello(of name: String?) throws -> [UInt8] {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        var bytes: [UInt8] = []
        while let piece = try channel.readOutbound(as: ByteBuffer.self) { bytes += piece.readableBytesView }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return bytes
    }

    @Test func aRealClientIsUnderstood() throws {
        let named = try Self.hello(of: "allowed.test")
        #expect(ClientHello(named) == .complete(serverName: "allowed.test"))
        #expect(ClientHello(try Self.hello(of: nil)) == .complete(serverName: nil))
        for count in named.indices { #expect(ClientHello(Array(named[..<count])) == .unfinished, "\(count)") }
        #expect(ClientHello(named + [0x17]) == .complete(serverName: "allowed.test"))
    }

    /// The same message in records of so many bytes.
    @Test(arguments: [1, 3, 50, 200]) func aHelloMayComeInSeveralRecords(size: Int) throws {
        let whole = try Self.hello(of: "allowed.test")
        let message = Array(whole[5...])
        var split: [UInt8] = []
        for start in stride(from: 0, to: message.count, by: size) {
            let piece = message[start..<min(start + size, message.count)]
            split += whole[..<3] + [UInt8(piece.count >> 8), UInt8(piece.count & 255)] + piece
        }
        #expect(ClientHello(split) == .complete(serverName: "allowed.test"))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n", ClientHello.noTLS), ("SSH-2.0-x\r\n", .noTLS), ("\u{16}\u{2}\u{0}", .noTLS),
        ("", .unfinished), ("\u{16}", .unfinished), ("\u{16}\u{3}\u{1}\u{0}\u{0}", .malformed),
        ("\u{16}\u{3}\u{1}\u{0}\u{4}\u{2}\u{0}\u{0}\u{0}", .malformed),
    ]) func otherBytesAreToldApart(text: String, expected: ClientHello) {
        #expect(ClientHello(Array(text.utf8)) == expected)
    }

    @Test func aHelloThatDoesNotEndIsRefused() {
        // Records of one byte each, of a message that announces as much as it may.
        let start: [UInt8] = [1, 0, 0x3f, 0xff]
        let endless = (start + [UInt8](repeating: 0, count: 16 << 10)).flatMap { [22, 3, 1, 0, 1, $0] as [UInt8] }
        #expect(ClientHello(Array(endless.prefix(30_000))) == .unfinished)
        #expect(ClientHello(Array(endless.prefix(40_000))) == .malformed)
        #expect(ClientHello([22, 3, 1, 0, 4, 1, 0, 0x40, 1]) == .malformed)
        #expect(ClientHello([UInt8](repeating: 0x47, count: 40_000)) == .noTLS)
    }

    @Test func onlyTheTunnelsHostPasses() throws {
        let hello = try Self.hello(of: "Allowed.Test")
        func verdict(_ name: String, _ bytes: [UInt8], requiresTLS: Bool = true) -> TunnelScreen.Verdict {
            TunnelScreen(name: name, requiresTLS: requiresTLS).verdict(on: bytes)
        }
        #expect(verdict("allowed.test", hello) == .passes)
        for (name, bytes) in [("denied.test", hello), ("allowed.test", try Self.hello(of: nil))] {
            guard case .refused = verdict(name, bytes) else {
                Issue.record("\(name) passes")
                continue
            }
        }
        #expect(verdict("allowed.test", Array("GET /".utf8), requiresTLS: false) == .passes)
        #expect(verdict("allowed.test", Array("GET /".utf8)) == .refused("that is no TLS"))
    }

    /// A hundred thousand hellos that are not quite right.
    @Test func noChangeMakesAnotherHostPass() async throws {
        let words = ["allowed.test", "denied.test", "\u{0}\u{0}", "\u{0}"].map { Array($0.utf8) }
        let hellos = [try Self.hello(of: "denied.test"), try Self.hello(of: "allowed.test.denied.test")]
        let screen = TunnelScreen(name: "allowed.test", requiresTLS: true)
        var mutator = Mutator(seed: 20_261_127)
        var passed: [[UInt8]] = []
        var understood = 0
        for round in 0..<100_000 {
            await Mutator.makeRoom(round)
            let bytes = mutator.changed(hellos[round % 2], words: words)
            if case .complete = ClientHello(bytes) { understood += 1 }
            if screen.verdict(on: bytes) == .passes { passed.append(bytes) }
        }
        #expect(understood > 10_000, "\(understood)")
        // What passes is what a server takes for the allowed name as well, or for no hello at all.
        for bytes in passed { #expect(try [.some("allowed.test"), nil].contains(Self.server(sees: bytes))) }
    }

    /// Where both understand a hello, both understand the same.
    @Test func aServerReadsTheSameName() async throws {
        let hello = try Self.hello(of: "allowed.test")
        let words = ["allowed.test", "denied.test", "\u{0}"].map { Array($0.utf8) }
        var mutator = Mutator(seed: 7)
        var compared = 0
        for round in 0..<3000 {
            await Mutator.makeRoom(round)
            let bytes = mutator.changed(hello, words: words)
            guard let seen = try Self.server(sees: bytes) else { continue }
            guard case .complete(let own) = ClientHello(bytes) else { continue }
            compared += 1
            #expect(own == seen, "\(bytes)")
        }
        #expect(compared > 300)
    }

    /// The name that BoringSSL hands to a server; nil when it refuses the hello before.
    private static func server(sees bytes: [UInt8]) throws -> String?? {
        let seen = Mutex<String??>(.none)
        var configuration = try serverConfiguration.get()
        configuration.sslContextCallback = { values, promise in
            seen.withLock { $0 = .some(values.serverHostname) }
            promise.succeed(.noChanges)
        }
        let channel = EmbeddedChannel()
        let context = try NIOSSLContext(configuration: configuration)
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        // A hello that is refused ends in an error of the channel's.
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return seen.withLock { $0 }
    }

    private static let serverConfiguration = Result {
        let key = P256.Signing.PrivateKey()
        let pair = try MintedAuthority.mint(name: "Test")
        let authority = try Authority(
            certificate: pair.certificate, key: pair.key.exposed,
            files: .init(certificate: "certificate", key: "key"))
        return try ServerLeaf.configuration(
            authority.leaf(for: "allowed.test", publicKey: key.publicKey, lifetime: 3600), key)
    }
}
