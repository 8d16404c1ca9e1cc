// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The launcher's end of the control channel.
struct Channel {
    private let socket: Int32
    private var buffer: [UInt8] = []
    private var waiting: [Int32] = []
    private var chunk = [UInt8](repeating: 0, count: 65536)

    init(socket: Int32) { self.socket = socket }

    /// Takes in what has arrived; false at the end of the channel or when it is broken.
    mutating func receive() -> Bool {
        var descriptors = [Int32](repeating: -1, count: launcher_descriptor_limit)
        var number: Int32 = 0
        let count = launcher_receive(socket, &chunk, chunk.count, &descriptors, &number)
        for index in 0..<Int(number) { waiting.append(descriptors[index]) }
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[0..<count])
        return true
    }

    /// The next whole frame and its descriptors.
    mutating func next() throws(LauncherFrameFault) -> (frame: LauncherFrame, descriptors: [Int32])? {
        guard let (frame, size) = try LauncherFrame.decode(buffer) else { return nil }
        guard Int(frame.descriptors) <= waiting.count else { throw LauncherFrameFault() }
        buffer.removeFirst(size)
        let descriptors = Array(waiting[0..<Int(frame.descriptors)])
        waiting.removeFirst(descriptors.count)
        return (frame, descriptors)
    }

    /// Sends a whole frame; false when the harness is gone.
    @discardableResult
    func send(id: UInt32, _ fields: [[UInt8]], descriptors: [Int32] = []) -> Bool {
        let frame = LauncherFrame(id: id, descriptors: UInt32(descriptors.count), fields: fields)
        let bytes = frame.encoded
        var position = 0
        while position < bytes.count {
            let passed = position == 0 ? descriptors : []
            let count = bytes.withUnsafeBytes { whole in
                launcher_send(
                    socket, whole.baseAddress.map { $0 + position }, whole.count - position, passed,
                    Int32(passed.count))
            }
            guard count > 0 else { return false }
            position += count
        }
        return true
    }

    func sendFailure(id: UInt32, _ failure: Failure) {
        send(id: id, [[0], failure.idBytes, Array(failure.text.utf8)])
    }
}

/// The packet socket between the world's PID 1 and a child that it sets up.
struct SetupLink {
    /// The first byte of a packet.
    enum Kind: UInt8 {
        case failed = 1
        case needsMapping, mapped, process, terminal, done
    }

    let socket: Int32

    /// Milliseconds; every step of a set-up takes a few at most.
    static let patience: Int32 = 10_000

    static func pair() throws(Failure) -> (ours: SetupLink, theirs: SetupLink) {
        var left: Int32 = -1
        var right: Int32 = -1
        try check(launcher_socket_pair(1, &left, &right), "io", "make a socket pair")
        return (SetupLink(socket: left), SetupLink(socket: right))
    }

    func close() { launcher_close(socket) }

    func send(_ kind: Kind, _ payload: [UInt8] = [], descriptors: [Int32] = []) {
        let packet = [kind.rawValue] + payload
        _ = launcher_send(socket, packet, packet.count, descriptors, Int32(descriptors.count))
    }

    func send(_ failure: Failure) {
        send(.failed, failure.idBytes + [0] + Array(failure.text.utf8.prefix(3000)))
    }

    /// The next packet, or nil when every other end is closed; throws the failure that a packet reports.
    ///
    /// - Parameter child: A child of this process, or 0; when somebody stops it, there is nothing to wait for: in a
    ///   sandbox any process of its user may do that to it, and the whole world would stand still.
    func receive(unlessStopped child: Int32 = 0) throws(Failure) -> (
        kind: Kind, payload: [UInt8], descriptors: [Int32]
    )? {
        guard let packet = try receivePacket(unlessStopped: child) else { return nil }
        if packet.kind == .failed { throw Self.failure(packet.payload) }
        return packet
    }

    /// After a failure: waits until all other ends are closed, and returns the process that was named meanwhile.
    func drain() -> Int32? {
        var process: Int32?
        // A child that still waits for something gives up.
        launcher_end_sending(socket)
        do throws(Failure) {
            while let packet = try receivePacket(patience: 1_000) {
                for descriptor in packet.descriptors { launcher_close(descriptor) }
                if packet.kind == .process { process = Self.process(packet.payload) }
            }
        } catch {
            // Whatever does not end by itself is killed by the caller.
        }
        return process
    }

    /// The pid in a packet that names a process.
    static func process(_ payload: [UInt8]) -> Int32? {
        Files.numbers(payload).first.flatMap { Int32(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    private func receivePacket(
        patience: Int32 = Self.patience, unlessStopped child: Int32 = 0
    ) throws(Failure) -> (kind: Kind, payload: [UInt8], descriptors: [Int32])? {
        let deadline = launcher_milliseconds() + Int64(patience)
        while true {
            let left = Int32(clamping: deadline - launcher_milliseconds())
            guard left > 0 else { throw Failure("timeout", "setting up a process took longer than 10 s") }
            if launcher_wait_readable(socket, child > 0 ? min(left, 20) : left) != 0 { break }
            guard child == 0 || launcher_is_stopped(child) == 0 else {
                throw Failure("exec", "a process was stopped by another one before it ran its program")
            }
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var descriptors = [Int32](repeating: -1, count: launcher_descriptor_limit)
        var number: Int32 = 0
        let count = launcher_receive(socket, &bytes, bytes.count, &descriptors, &number)
        let received = Array(descriptors[0..<Int(number)])
        guard count >= 0 else { throw Failure("io", cannot: "receive from a process being set up", count) }
        guard count > 0 else { return nil }
        guard let kind = Kind(rawValue: bytes[0]) else {
            throw Failure("protocol", "a process being set up sent nonsense")
        }
        return (kind, Array(bytes[1..<count]), received)
    }

    /// Rebuilds a failure; the ids are the few that set-up code uses.
    private static func failure(_ payload: [UInt8]) -> Failure {
        let parts = payload.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let message = parts.count == 2 ? text(Array(parts[1])) : "a process being set up failed"
        let known: [StaticString] = [
            "exec", "mount", "mount-proc", "userns-disabled", "userns-restricted", "old-kernel", "user", "terminal",
            "directory", "seccomp", "not-found", "invalid",
        ]
        for id in known where Failure(id, "").idBytes == Array(parts[0]) { return Failure(id, message) }
        return Failure("io", message)
    }
}
