// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Dispatch
import SystemPackage
import Testing

@testable import ConformanceCanaries

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A client of one canary that does exactly what it is told; closed by its scope.
struct TestClient: Sendable {
    let canary: Canary
    let descriptor: Int32

    /// Connects, runs the body and closes the socket: the one given, or an ordinary one.
    static func use<Value>(
        _ canary: Canary, over socket: Int32? = nil, _ body: (TestClient) async throws -> Value
    ) async throws -> Value {
        let address = try #require(SocketAddress(canary.address, port: canary.port))
        let descriptor = try socket ?? SocketCalls.open(address.family, stream: canary.service.isStream)
        defer { SocketCalls.close(descriptor) }
        try SocketCalls.makeNonblocking(descriptor)
        let client = TestClient(canary: canary, descriptor: descriptor)
        switch SocketCalls.startConnect(descriptor, to: address) {
        case .done: break
        case .pending:
            try #require(await client.wait(writing: true, limit: .seconds(3)))
            if let error = SocketCalls.pendingError(descriptor) { throw error }
        case .failed(let error): throw error
        }
        return try await body(client)
    }

    var local: String { SocketCalls.localAddress(descriptor).description }

    func send(_ bytes: [UInt8]) throws {
        try #require(try SocketCalls.send(descriptor, bytes[...]) == bytes.count)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func endWriting() { SocketCalls.endWriting(descriptor) }

    /// Makes the close that follows a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Reads until the peer closes or `enough` says so; throws when five seconds pass.
    func read(until enough: ([UInt8]) -> Bool = { _ in false }) async throws -> [UInt8] {
        var received: [UInt8] = []
        while !enough(received) {
            switch SocketCalls.receive(descriptor, atMost: 64 << 10) {
            case .bytes(let bytes): received += bytes
            case .end: return received
            case .empty: try #require(await wait(writing: false, limit: .seconds(5)), "no byte in five seconds")
            case .failed(let error): throw error
            }
        }
        return received
    }

    func readText() async throws -> String { String(decoding: try await read(), as: UTF8.self) }

    /// One datagram.
    func readDatagram() async throws -> [UInt8] { try await read { !$0.isEmpty } }

    /// Whether nothing comes in this time.
    func isSilent(for limit: Duration) async -> Bool { await !wait(writing: false, limit: limit) }

    private func wait(writing: Bool, limit: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            // A queue of its own is a thread of its own: the shared pool has too few for many tests that block.
            DispatchQueue(label: "test-client").async {
                var set = PollSet()
                set.add(descriptor, reading: !writing, writing: writing)
                set.wait(limit)
                continuation.resume(returning: writing ? set.isWritable(0) : set.isReadable(0))
            }
        }
    }
}

extension SessionField {
    /// The first canary of a place and service; where there is none, the test says what stood in its way.
    func canary(_ place: Place, _ service: Canary.Service) throws -> Canary {
        let why = unhosted[place.name] ?? "the field does not say why"
        return try #require(canaries(at: place, service).first, "no \(service) at \(place.name): \(why)")
    }
}
