// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// An rtnetlink message under construction: numbers little-endian, everything padded to four bytes.
struct NetlinkMessage {
    static let request: UInt16 = 1
    static let acknowledge: UInt16 = 4
    static let dump: UInt16 = 0x300
    static let createExclusively: UInt16 = 0x600
    static let create: UInt16 = 0x400
    static let append: UInt16 = 0x800

    private(set) var bytes: [UInt8]

    init(_ type: UInt16, flags: UInt16) {
        bytes = []
        append(UInt32(0))
        append(type)
        append(flags | Self.request)
        append(UInt32(1))
        append(UInt32(0))
    }

    mutating func append(_ value: UInt8) { bytes.append(value) }
    mutating func append(_ value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }
    mutating func append(_ value: UInt32) { bytes.append(contentsOf: LauncherFrame.bytes(of: value)) }

    mutating func attribute(_ type: UInt16, _ payload: [UInt8]) {
        append(UInt16(truncatingIfNeeded: payload.count + 4))
        append(type)
        bytes.append(contentsOf: payload)
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    mutating func attribute(_ type: UInt16, _ value: UInt32) { attribute(type, LauncherFrame.bytes(of: value)) }

    /// An attribute that holds what `body` appends.
    mutating func nested(_ type: UInt16, _ body: (inout NetlinkMessage) -> Void) {
        let start = bytes.count
        append(UInt16(0))
        append(type)
        body(&self)
        setLength(at: start, UInt16(truncatingIfNeeded: bytes.count - start))
    }

    /// `struct ifinfomsg`.
    mutating func link(index: Int32, flags: UInt32 = 0, change: UInt32 = 0) {
        append(UInt8(0))
        append(UInt8(0))
        append(UInt16(0))
        append(UInt32(bitPattern: index))
        append(flags)
        append(change)
    }

    /// `struct nfgenmsg`, of a message that is in no transaction of its own.
    mutating func netfilter(_ family: UInt8) {
        for value in [family, 0, 0, 0] { append(value) }
    }

    /// `struct rtmsg`.
    mutating func route(_ family: UInt8, length: UInt8, table: UInt8, scope: UInt8, type: UInt8) {
        for value in [family, length, 0, 0, table, Self.protocolStatic, scope, type] { append(value) }
        append(UInt32(0))
    }

    private static let protocolStatic: UInt8 = 4

    /// Makes the `rtmsg` of a deletion match a route whoever added it.
    mutating func clearProtocol() { bytes[16 + 5] = 0 }

    /// The finished message, with its length filled in.
    var finished: [UInt8] {
        var result = bytes
        let length = LauncherFrame.bytes(of: UInt32(truncatingIfNeeded: bytes.count))
        for index in 0..<4 { result[index] = length[index] }
        return result
    }

    private mutating func setLength(at offset: Int, _ value: UInt16) {
        bytes[offset] = UInt8(truncatingIfNeeded: value)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
    }
}

/// One answer of the kernel: its type and what follows the netlink header.
struct NetlinkAnswer {
    let type: UInt16
    let body: [UInt8]

    /// The attributes after a header of `offset` bytes.
    func attributes(after offset: Int) -> [(type: UInt16, payload: [UInt8])] {
        Self.attributes(of: body, after: offset)
    }

    /// The attributes in the payload of another.
    static func attributes(of body: [UInt8], after offset: Int = 0) -> [(type: UInt16, payload: [UInt8])] {
        var result: [(type: UInt16, payload: [UInt8])] = []
        var position = offset
        while position + 4 <= body.count {
            let length = Int(body[position]) | Int(body[position + 1]) << 8
            let type = UInt16(body[position + 2]) | UInt16(body[position + 3]) << 8
            guard length >= 4, position + length <= body.count else { break }
            result.append((type & 0x3fff, Array(body[position + 4..<position + length])))
            position += (length + 3) & ~3
        }
        return result
    }
}

/// An rtnetlink socket; it stays in the network it was made in.
struct Netlink {
    let socket: Int32

    private static let error: UInt16 = 2
    private static let done: UInt16 = 3

    /// Sends one request and waits for its acknowledgement: 0 or a negative errno.
    func change(_ message: NetlinkMessage) -> Int32 {
        let (result, _) = exchange(message)
        return result
    }

    /// Sends one request and collects the answers; the result is 0 or a negative errno.
    func exchange(_ message: NetlinkMessage) -> (result: Int32, answers: [NetlinkAnswer]) {
        let bytes = message.finished
        let isDump = Self.flags(of: bytes) & NetlinkMessage.dump == NetlinkMessage.dump
        let wantsAcknowledgement = Self.flags(of: bytes) & NetlinkMessage.acknowledge != 0
        let sent = launcher_send(socket, bytes, bytes.count, nil, 0)
        guard sent >= 0 else { return (Int32(truncatingIfNeeded: sent), []) }
        var answers: [NetlinkAnswer] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = launcher_read(socket, &buffer, buffer.count)
            guard count > 0 else { return (count == 0 ? -5 : Int32(truncatingIfNeeded: count), answers) }
            var position = 0
            while position + 16 <= count {
                let length = Self.word(buffer, position)
                let type = UInt16(buffer[position + 4]) | UInt16(buffer[position + 5]) << 8
                guard length >= 16, position + length <= count else { return (-5, answers) }
                if type == Self.error || type == Self.done {
                    return (length >= 20 ? Int32(truncatingIfNeeded: Self.word(buffer, position + 16)) : 0, answers)
                }
                answers.append(NetlinkAnswer(type: type, body: Array(buffer[position + 16..<position + length])))
                position += (length + 3) & ~3
            }
            if !isDump && !wantsAcknowledgement && !answers.isEmpty { return (0, answers) }
        }
    }

    /// Receives once and returns the results it holds, and a negative errno when there was nothing to receive.
    func acknowledgements() -> (results: [Int32], failure: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = launcher_read(socket, &buffer, buffer.count)
        guard count > 0 else { return ([], count == 0 ? -5 : Int32(truncatingIfNeeded: count)) }
        var results: [Int32] = []
        var position = 0
        while position + 20 <= count {
            let length = Self.word(buffer, position)
            guard length >= 20, position + length <= count else { break }
            let type = UInt16(buffer[position + 4]) | UInt16(buffer[position + 5]) << 8
            if type == Self.error { results.append(Int32(truncatingIfNeeded: Self.word(buffer, position + 16))) }
            position += (length + 3) & ~3
        }
        return (results, 0)
    }

    private static func flags(of message: [UInt8]) -> UInt16 { UInt16(message[6]) | UInt16(message[7]) << 8 }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> Int {
        let low = UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8
        let high = UInt32(bytes[offset + 2]) << 16 | UInt32(bytes[offset + 3]) << 24
        return Int(Int32(bitPattern: low | high))
    }
}
