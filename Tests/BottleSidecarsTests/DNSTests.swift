// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore
import NIOPosix
import Testing

@testable import BottleSidecars

@Suite(.timeLimit(.minutes(2))) struct DNSTests {
    private static func ask(_ vice: TestNameServer.Vice, _ name: String) async throws -> [String] {
        let server = TestNameServer(zone: ["a.test": ["192.0.2.1", "192.0.2.2"]], vice: vice)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            let port = try await TestWorld.started(&tasks) { ready in try await server.serve(ready: ready) }
            let resolver = DNSResolver(
                server: try SocketAddress(ipAddress: "127.0.0.1", port: Int(port)),
                group: MultiThreadedEventLoopGroup.singleton)
            defer { tasks.cancelAll() }
            return try await resolver.addresses(of: name).map(\.description)
        }
    }

    @Test(arguments: [TestNameServer.Vice.none, .truncates]) func namesResolve(vice: TestNameServer.Vice) async throws {
        #expect(try await Self.ask(vice, "a.test") == ["192.0.2.1", "192.0.2.2"])
    }

    @Test(arguments: [TestNameServer.Vice.silent, .wrongID, .wrongQuestion, .serverFailure])
    func uselessAnswersEndInAnErrorInTime(vice: TestNameServer.Vice) async throws {
        let start = ContinuousClock.now
        await #expect(throws: BottleError.self) { try await Self.ask(vice, "a.test") }
        #expect(ContinuousClock.now - start < .seconds(8))
    }

    @Test func localhostNeedsNoNameServer() async throws {
        let resolver = DNSResolver(
            server: try SocketAddress(ipAddress: "127.0.0.1", port: 1), group: MultiThreadedEventLoopGroup.singleton)
        #expect(try await resolver.addresses(of: "localhost") == [.loopback])
        #expect(try await resolver.addresses(of: "x.localhost") == [.loopback])
    }

    @Test func unknownNamesFailAtOnce() async throws {
        await #expect(throws: BottleError.self) { try await Self.ask(.none, "b.test") }
    }

    private static let question = DNSMessage.query(id: 0x1234, name: "a.test")[12...]

    private static func message(answers: UInt8, _ records: [UInt8], flags: [UInt8] = [0x81, 0x80]) -> [UInt8] {
        [0x12, 0x34] + flags + [0, 1, 0, answers, 0, 0, 0, 0] + question + records
    }

    @Test func aliasesAreFollowed() {
        // a.test CNAME b.test; b.test A 192.0.2.9; c.test A 192.0.2.10 is nobody's business.
        let alias: [UInt8] = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 4, 1, 0x42, 0xc0, 14]
        let target: [UInt8] = [1, 0x62, 0xc0, 14, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 9]
        let stranger: [UInt8] = [1, 0x63, 0xc0, 14, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 10]
        let answer = DNSMessage.answer(Self.message(answers: 3, stranger + target + alias), id: 0x1234, name: "a.test")
        #expect(answer == IPAddress("192.0.2.9").map { .addresses([$0]) })
    }

    @Test func hostileMessagesAreIgnored() {
        let pointerLoop: [UInt8] = [0xc0, 24, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]
        let cut: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 9, 1]
        let short: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3]
        for records in [pointerLoop, cut, short, [0xff], []] {
            #expect(DNSMessage.answer(Self.message(answers: 1, records), id: 0x1234, name: "a.test") == nil)
        }
        let good = Self.message(answers: 0, [])
        #expect(DNSMessage.answer(good, id: 0x1234, name: "a.test") == DNSMessage.Answer.none)
        #expect(DNSMessage.answer(good, id: 0x1235, name: "a.test") == nil)
        #expect(DNSMessage.answer(good, id: 0x1234, name: "b.test") == nil)
        #expect(
            DNSMessage.answer(Self.message(answers: 0, [], flags: [0x01, 0x80]), id: 0x1234, name: "a.test") == nil)
        for length in 0..<good.count {
            #expect(DNSMessage.answer(Array(good[..<length]), id: 0x1234, name: "a.test") == nil)
        }
        var bytes = good
        for _ in 0..<2000 {
            bytes[Int.random(in: 0..<bytes.count)] = .random(in: .min ... .max)
            _ = DNSMessage.answer(bytes, id: 0x1234, name: "a.test")
        }
    }

    @Test func firstNameserverCounts() {
        let text = "# c\nsearch x\nnameserver\t203.0.113.53\nnameserver 192.0.2.1\n"
        #expect(DNSResolver.server(inResolvConf: text)?.ipAddress == "203.0.113.53")
        #expect(DNSResolver.server(inResolvConf: "options x\n") == nil)
    }
}
