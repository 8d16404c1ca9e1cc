// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// The control channel between the harness (`Launcher`) and the world's PID 1 (`bottle-launcher`). Both compile this file.
//
// A stream socket carries frames in both directions. All numbers are little-endian and 32 bits wide:
//
//     length of the rest | id | descriptors | fields | (length, bytes) for every field
//
// Descriptors travel by SCM_RIGHTS with the first byte of their frame; `descriptors` says how many of those received
// so far belong to it. A request has an id of the caller's choice, not 0; its first field is one byte, the operation. The
// one reply has the same id; its first field is one byte: 1 done, 0 failed. A failure's next two fields are a stable
// id and a sentence. Frames with id 0 are events of the launcher: `ready`, `failed` (the world could not be made) and
// `ended`, again named by their first field. A frame is at most 8 MiB long; a longer or malformed one ends the channel.
// An address is 4 or 16 raw bytes; a prefix is an address followed by one byte, its length in bits.

/// What a frame asks for or reports.
enum LauncherOperation: UInt8 {
    /// Event: boot id, kernel release, mapping, then names and inodes of the world's namespaces by turns.
    case ready = 1
    /// Event: failure id, sentence.
    case failed = 2
    /// Event: id of the spawn request, 0 exited or 1 signalled, code.
    case ended = 3
    /// network
    case makeNetwork = 10
    /// network
    case dropNetwork = 11
    /// network, interface, network, interface
    case makeWire = 12
    /// network, interface, prefix
    case addAddress = 13
    /// network, prefix, interface or nothing, gateway or nothing
    case addRoute = 14
    /// network
    case narrowLoopback = 15
    /// network, interface, then forwarding and route_localnet: one byte 0 or 1, or nothing
    case setDevice = 16
    /// network; answers prefix, interface, gateway or nothing, for every route
    case listRoutes = 17
    /// network, address; answers the interface
    case lookUp = 18
    /// network, 4, 6 or 1 for a local one, 1 stream or 2 datagram; answers a descriptor
    case openSocket = 19
    /// name, network, host name, uid, then five fields an entry: kind, path, mode, uid, and target, source, bytes or size;
    /// answers names and inodes of the sandbox's namespaces by turns
    case makeSandbox = 20
    /// name
    case destroySandbox = 21
    /// sandbox or nothing, working directory, uid or nothing, terminal: 0 or rows << 16 | columns, number of
    /// arguments, arguments, environment; three descriptors unless there is a terminal; answers the master of the terminal
    case spawn = 22
    /// id of the spawn request
    case kill = 23
    /// answers the names of all networks, an empty field, and the names of all sandboxes
    case listHoldings = 24
}

/// The kind of a root entry, as in `SandboxSpec.Entry`.
enum LauncherEntryKind: UInt8 {
    case directory = 1
    case file, symlink, readOnlyBind, device, tmpfs, proc, devpts, program
}

/// The bytes on the channel do not form a frame, or a frame lacks a field.
struct LauncherFrameFault: Error {}

/// One message on the control channel.
struct LauncherFrame {
    /// Bytes; the limit of a frame, its length word not counted.
    static let limit = 8 << 20

    var id: UInt32
    var descriptors: UInt32 = 0
    var fields: [[UInt8]]

    /// The frame as it travels; the caller has kept it within `limit`.
    var encoded: [UInt8] {
        var size = 12
        for field in fields { size += 4 + field.count }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 4)
        for number in [UInt32(truncatingIfNeeded: size), id, descriptors, UInt32(truncatingIfNeeded: fields.count)] {
            bytes.append(contentsOf: Self.bytes(of: number))
        }
        for field in fields {
            bytes.append(contentsOf: Self.bytes(of: UInt32(truncatingIfNeeded: field.count)))
            bytes.append(contentsOf: field)
        }
        return bytes
    }

    /// The first frame of a buffer and how many bytes it took, or nil while it is incomplete.
    static func decode(_ buffer: [UInt8]) throws(LauncherFrameFault) -> (frame: LauncherFrame, size: Int)? {
        guard buffer.count >= 4 else { return nil }
        let length = Int(number(in: buffer, at: 0))
        guard length >= 12, length <= limit else { throw LauncherFrameFault() }
        guard buffer.count >= length + 4 else { return nil }
        let end = length + 4
        let count = Int(number(in: buffer, at: 12))
        guard count <= (length - 12) / 4 else { throw LauncherFrameFault() }
        var frame = LauncherFrame(id: number(in: buffer, at: 4), descriptors: number(in: buffer, at: 8), fields: [])
        frame.fields.reserveCapacity(count)
        var position = 16
        for _ in 0..<count {
            guard end - position >= 4 else { throw LauncherFrameFault() }
            let size = Int(number(in: buffer, at: position))
            position += 4
            guard size <= end - position else { throw LauncherFrameFault() }
            frame.fields.append(Array(buffer[position..<position + size]))
            position += size
        }
        guard position == end else { throw LauncherFrameFault() }
        return (frame, end)
    }

    static func bytes(of number: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8),
            UInt8(truncatingIfNeeded: number >> 16), UInt8(truncatingIfNeeded: number >> 24),
        ]
    }

    /// The number at an offset that the caller has checked.
    private static func number(in buffer: [UInt8], at offset: Int) -> UInt32 {
        UInt32(buffer[offset]) | UInt32(buffer[offset + 1]) << 8 | UInt32(buffer[offset + 2]) << 16
            | UInt32(buffer[offset + 3]) << 24
    }
}

/// Takes the fields of a frame one after the other.
struct LauncherFields {
    private let fields: [[UInt8]]
    private var position = 0

    init(_ fields: [[UInt8]]) { self.fields = fields }

    var isAtEnd: Bool { position == fields.count }

    mutating func bytes() throws(LauncherFrameFault) -> [UInt8] {
        guard position < fields.count else { throw LauncherFrameFault() }
        position += 1
        return fields[position - 1]
    }

    /// A number of up to 8 bytes.
    mutating func number() throws(LauncherFrameFault) -> UInt64 {
        let field = try bytes()
        guard !field.isEmpty, field.count <= 8 else { throw LauncherFrameFault() }
        var value: UInt64 = 0
        for byte in field.reversed() { value = value << 8 | UInt64(byte) }
        return value
    }

    /// A number of 32 bits, or nil for an empty field.
    mutating func optionalNumber() throws(LauncherFrameFault) -> UInt32? {
        guard position < fields.count else { throw LauncherFrameFault() }
        if fields[position].isEmpty {
            position += 1
            return nil
        }
        guard let value = UInt32(exactly: try number()) else { throw LauncherFrameFault() }
        return value
    }

    /// A number of 32 bits.
    mutating func word() throws(LauncherFrameFault) -> UInt32 {
        guard let value = try optionalNumber() else { throw LauncherFrameFault() }
        return value
    }
}
