// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct ExchangeTests {
        @Test func readsABannerToItsEnd() async throws {
            try await LoopbackServer.serving(.banner(Array("hello".utf8))) { port in
                let run = try await ProbeRunner.batch("exchange a n tcp 127.0.0.1 \(port) 5000 -/close")
                let line = try run.line("a")
                #expect(line.stage == "done")
                #expect(line.errno == nil)
                #expect(line.killed == false)
                #expect(line.received == [hex("hello")])
                #expect(line.fact("local")?.hasPrefix("127.0.0.1:") == true)
                #expect(line.object["begin"] as? String == "n")
                let keys = ["begin", "id", "stage", "errno", "ms", "killed", "received", "facts", "end"]
                let places = try keys.map { try #require(run.text.range(of: "\"\($0)\":")).lowerBound }
                #expect(places == places.sorted())
            }
        }

        @Test(.enabled(if: hasV6)) func readsABannerOverV6() async throws {
            try await LoopbackServer.serving(.banner(Array("six".utf8)), v6: true) { port in
                let line = try await ProbeRunner.batch("exchange a n tcp ::1 \(port) 5000 -/close").line("a")
                #expect(line.stage == "done")
                #expect(line.received == [hex("six")])
                #expect(line.fact("local")?.hasPrefix("[::1]:") == true)
            }
        }

        @Test func splitsTurnsWhereTheyWereAskedToEnd() async throws {
            let answer = Array("HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody, rest".utf8)
            try await LoopbackServer.serving(.answer(answer)) { port in
                let request = hex("GET / HTTP/1.0\r\n\r\n")
                let line = try await ProbeRunner.batch(
                    "exchange a n tcp 127.0.0.1 \(port) 5000 \(request)/headers -/bytes:4 -/close"
                ).line("a")
                #expect(line.stage == "done")
                #expect(line.received == [hex("HTTP/1.1 200 OK\r\nX: y\r\n\r\n"), hex("body"), hex(", rest")])
            }
        }

        @Test func talksInTurns() async throws {
            try await LoopbackServer.serving(.echo) { port in
                let line = try await ProbeRunner.batch(
                    "exchange a n tcp 127.0.0.1 \(port) 5000 \(hex("one"))/bytes:3 \(hex("second"))/bytes:6 -/bytes:0"
                ).line("a")
                #expect(line.stage == "done")
                #expect(line.received == [hex("one"), hex("second"), ""])
            }
        }

        @Test func anEarlyEndOfStreamIsDoneWithWhatWasRead() async throws {
            try await LoopbackServer.serving(.banner(Array("short".utf8))) { port in
                let line = try await ProbeRunner.batch(
                    "exchange a n tcp 127.0.0.1 \(port) 5000 -/bytes:100 \(hex("x"))/close"
                ).line("a")
                #expect(line.stage == "done")
                #expect(line.errno == nil)
                #expect(line.received == [hex("short")])
            }
        }

        @Test func aClosedPortRefuses() async throws {
            try await LoopbackServer.refusing { port in
                let line = try await ProbeRunner.batch("exchange a n tcp 127.0.0.1 \(port) 5000 -/close").line("a")
                #expect(line.stage == "connect")
                #expect(line.errno == "ECONNREFUSED")
                #expect(line.received.isEmpty)
            }
        }

        @Test func aSilentPeerUsesUpTheBudget() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let line = try await ProbeRunner.batch("exchange a n tcp 127.0.0.1 \(port) 300 61/close").line("a")
                #expect(line.stage == "receive")
                #expect(line.errno == "ETIMEDOUT")
                #expect(line.killed == false)
                #expect(line.received == [""])
                #expect(line.milliseconds >= 300 && line.milliseconds < 5000)
            }
        }

        @Test func aResetKeepsWhatWasReadBefore() async throws {
            try await LoopbackServer.serving(.reset(Array("part".utf8))) { port in
                let line = try await ProbeRunner.batch("exchange a n tcp 127.0.0.1 \(port) 5000 61/close").line("a")
                #expect(line.stage == "receive")
                #expect(line.errno == "ECONNRESET")
                #expect(line.received == [hex("part")])
            }
        }

        @Test func aTurnIsCapped() async throws {
            try await LoopbackServer.serving(.banner([UInt8](repeating: 0x61, count: 100_000))) { port in
                let line = try await ProbeRunner.batch("exchange a n tcp 127.0.0.1 \(port) 9000 -/close").line("a")
                #expect(line.stage == "done")
                #expect(line.received.first?.count == 2 * 65536)
                #expect(line.fact("truncated") == "1")
            }
        }

        @Test(arguments: ["udp", "udpu"]) func datagramsAreEchoed(transport: String) async throws {
            try await LoopbackServer.serving(.datagramEcho) { port in
                let line = try await ProbeRunner.batch(
                    "exchange a n \(transport) 127.0.0.1 \(port) 5000 \(hex("ping"))/datagram \(hex("again"))/datagram"
                ).line("a")
                #expect(line.stage == "done")
                #expect(line.received == [hex("ping"), hex("again")])
                #expect(line.fact("peer") == (transport == "udpu" ? "127.0.0.1:\(port)" : nil))
            }
        }

        @Test(arguments: ["udp", "udpu"]) func aRefusedDatagramShowsWhenReceiving(transport: String) async throws {
            // A TCP socket holds the number; nothing UDP has it unless another process is unlucky.
            try await LoopbackServer.refusing { port in
                let line = try await ProbeRunner.batch(
                    "exchange a n \(transport) 127.0.0.1 \(port) 5000 \(hex("ping"))/datagram"
                ).line("a")
                #expect(line.stage == "receive")
                #expect(line.errno == "ECONNREFUSED")
                #expect(line.milliseconds < 4000)
            }
        }

        @Test(arguments: [1, 2]) func aDatagramThatGotLostIsSentAgain(times: Int) async throws {
            try await LoopbackServer.serving(.datagramLoss(times)) { port in
                let line = try await ProbeRunner.batch("exchange a n udp 127.0.0.1 \(port) 900 61/datagram").line("a")
                #expect(line.stage == "done" && line.received == ["61"])
                #expect(line.milliseconds < 900)
            }
        }

        @Test func whatNobodyAnswersIsSentThreeTimesAtMost() async throws {
            try await LoopbackServer.serving(.datagramLoss(3)) { port in
                let line = try await ProbeRunner.batch("exchange a n udp 127.0.0.1 \(port) 300 61/datagram").line("a")
                #expect(line.stage == "receive" && line.errno == "ETIMEDOUT")
            }
        }

        @Test func anUnansweredDatagramTimesOut() async throws {
            try await LoopbackServer.serving(.datagramSilent) { port in
                let line = try await ProbeRunner.batch("exchange a n udp 127.0.0.1 \(port) 200 61/datagram").line("a")
                #expect(line.stage == "receive")
                #expect(line.errno == "ETIMEDOUT")
            }
        }

        @Test func anUnknownScopeFailsAtTheSocket() async throws {
            let line = try await ProbeRunner.batch("exchange a n tcp fe80::1%nosuchif 80 500 -/close").line("a")
            #expect(line.stage == "socket")
            #expect(line.errno == "ENODEV")
        }

        @Test(arguments: ["127.0.0.1"] + (hasV6 ? ["::1"] : [])) func theSelfTestHearsItself(ip: String) async throws {
            let line = try await ProbeRunner.batch("selftest a nonce \(ip)").line("a")
            #expect(line.stage == "done")
            #expect(line.received == [hex("nonce")])
            #expect(line.fact("port").flatMap { UInt16($0) }.map { $0 > 0 } == true)
        }

        @Test func theSelfTestCannotListenWhereItIsNotAtHome() async throws {
            let line = try await ProbeRunner.batch("selftest a nonce 192.0.2.77").line("a")
            #expect(line.stage == "socket")
            #expect(line.errno == "EADDRNOTAVAIL")
        }
    }

    /// Whether the loopback has its IPv6 address here.
    static let hasV6: Bool = {
        let table = (try? String(contentsOfFile: "/proc/self/net/if_inet6", encoding: .utf8)) ?? ""
        return table.split(separator: "\n").contains { $0.hasPrefix("00000000000000000000000000000001 ") }
    }()
}
