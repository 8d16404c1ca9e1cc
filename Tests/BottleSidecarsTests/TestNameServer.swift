// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

@testable import BottleSidecars

/// A name server with one zone, on UDP and TCP, and with the vices that a resolver has to bear.
final class TestNameServer: Sendable {
    enum Vice: Sendable { case none, silent, truncates, wrongID, wrongQuestion, serverFailure }

    private let zone: [String: [String]]
    private let vice: Vice
    private let asked = Mutex<[String]>([])

    init(zone: [String: [String]], vice: Vice = .none) {
        self.zone = zone
        self.vice = vice
    }

    /// The names that were asked for.
    var questions: [String] { asked.withLock { $0 } }

    func serve(ready: @escaping @Sendable (SocketAddress) -> Void) async throws {
        let server = StreamServer(
            group: MultiThreadedEventLoopGroup.singleton, address: try SocketAddress(ipAddress: "127.0.0.1", port: 0),
            limit: 64, timeouts: SidecarTimeouts())
        let (bound, port) = AsyncStream<SocketAddress>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await server.run(
                    ready: { port.yield($0) }, refused: { _ in },
                    serve: { connection, reader in
                        guard let query = try? await reader.read() else { return }
                        let reply = self.reply(to: Array(query.readableBytesView.dropFirst(2)), overTCP: true)
                        guard let reply else { return }
                        var message = ByteBuffer(integer: UInt16(reply.count))
                        message.writeBytes(reply)
                        _ = try? await connection.write(message)
                    })
            }
            for await address in bound {
                tasks.addTask { try await self.serveDatagrams(on: address, ready: ready) }
                break
            }
            try await tasks.waitForAll()
        }
    }

    private func serveDatagrams(
        on address: SocketAddress, ready: @escaping @Sendable (SocketAddress) -> Void
    ) async throws {
        let wrapped = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(to: address) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, Never>(wrappingChannelSynchronously: channel)
            }
        }
        ready(address)
        try await wrapped.executeThenClose { inbound in
            for try await envelope in inbound {
                guard let reply = reply(to: Array(envelope.data.readableBytesView), overTCP: false) else { continue }
                let answer = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: reply))
                try await wrapped.channel.writeAndFlush(answer).get()
            }
        }
    }

    private func reply(to query: [UInt8], overTCP: Bool) -> [UInt8]? {
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] > 0 {
            labels.append(String(decoding: query[(index + 1)...(index + Int(query[index]))], as: UTF8.self))
            index += Int(query[index]) + 1
        }
        let name = labels.joined(separator: ".")
        asked.withLock { $0.append(name) }
        if vice == .silent { return nil }
        var addresses = (zone[name] ?? []).compactMap { IPAddress($0) }
        // Another one of them each time.
        if name.hasPrefix("flip."), !addresses.isEmpty {
            let turn = asked.withLock { $0.filter { $0 == name }.count - 1 }
            addresses = [addresses[turn % addresses.count]]
        }
        let isTruncated = vice == .truncates && !overTCP
        let code: UInt8 = vice == .serverFailure ? 2 : addresses.isEmpty ? 3 : 0
        var reply =
            Array(query[..<2]) + [isTruncated ? 0x86 : 0x84, code, 0, 1, 0, isTruncated ? 0 : UInt8(addresses.count)]
        reply += [0, 0, 0, 0] + query[12..<(index + 5)]
        if !isTruncated {
            for address in addresses { reply += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4] + address.bytes }
        }
        if vice == .wrongID { reply[0] ^= 0xff }
        if vice == .wrongQuestion { reply[13] ^= 0x01 }
        return reply
    }
}
